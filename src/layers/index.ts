import { Activation } from './activation/activation.ts';
import { ELU } from './activation/elu.ts';
import { LeakyReLU } from './activation/leaky-relu.ts';
import { PReLU } from './activation/prelu.ts';
import { ReLU } from './activation/relu.ts';
import { Softmax } from './activation/softmax.ts';
import { AdditiveAttention } from './attention/additive-attention.ts';
import { Attention } from './attention/attention.ts';
import { GroupQueryAttention } from './attention/group-query-attention.ts';
import { MultiHeadAttention } from './attention/multi-head-attention.ts';
import { MelSpectrogram } from './audio/mel-spectrogram.ts';
import { STFTSpectrogram } from './audio/stft-spectrogram.ts';
import { imageLayers } from './augmentation/index.ts';
import { Conv1D } from './convolution/conv1d.ts';
import { Conv1DTranspose } from './convolution/conv1d-transpose.ts';
import { Conv2D } from './convolution/conv2d.ts';
import { Conv2DTranspose } from './convolution/conv2d-transpose.ts';
import { Conv3D } from './convolution/conv3d.ts';
import { Conv3DTranspose } from './convolution/conv3d-transpose.ts';
import { DepthwiseConv1D } from './convolution/depthwise-conv1d.ts';
import { DepthwiseConv2D } from './convolution/depthwise-conv2d.ts';
import { SeparableConv1D } from './convolution/separable-conv1d.ts';
import { SeparableConv2D } from './convolution/separable-conv2d.ts';
import { Dense } from './core/dense.ts';
import { EinsumDense } from './core/einsum-dense.ts';
import { Embedding } from './core/embedding.ts';
import { Identity } from './core/identity.ts';
import { InputLayer } from './core/input-layer.ts';
import { Lambda } from './core/lambda.ts';
import { Masking } from './core/masking.ts';
import { Pipeline } from './core/pipeline.ts';
import { ReversibleEmbedding } from './core/reversible-embedding.ts';
import { Wrapper } from './core/wrapper.ts';
import { Add } from './merging/add.ts';
import { Average } from './merging/average.ts';
import { Concatenate } from './merging/concatenate.ts';
import { Dot } from './merging/dot.ts';
import { Maximum } from './merging/maximum.ts';
import { Minimum } from './merging/minimum.ts';
import { Multiply } from './merging/multiply.ts';
import { Subtract } from './merging/subtract.ts';
import { BatchNormalization } from './normalization/batch-normalization.ts';
import { GroupNormalization } from './normalization/group-normalization.ts';
import { LayerNormalization } from './normalization/layer-normalization.ts';
import { RMSNormalization } from './normalization/rms-normalization.ts';
import { SpectralNormalization } from './normalization/spectral-normalization.ts';
import { UnitNormalization } from './normalization/unit-normalization.ts';
import { AdaptiveAveragePooling1D } from './pooling/adaptive-average-pooling1d.ts';
import { AdaptiveAveragePooling2D } from './pooling/adaptive-average-pooling2d.ts';
import { AdaptiveAveragePooling3D } from './pooling/adaptive-average-pooling3d.ts';
import { AdaptiveMaxPooling1D } from './pooling/adaptive-max-pooling1d.ts';
import { AdaptiveMaxPooling2D } from './pooling/adaptive-max-pooling2d.ts';
import { AdaptiveMaxPooling3D } from './pooling/adaptive-max-pooling3d.ts';
import { AveragePooling1D } from './pooling/average-pooling1d.ts';
import { AveragePooling2D } from './pooling/average-pooling2d.ts';
import { AveragePooling3D } from './pooling/average-pooling3d.ts';
import { GlobalAveragePooling1D } from './pooling/global-average-pooling1d.ts';
import { GlobalAveragePooling2D } from './pooling/global-average-pooling2d.ts';
import { GlobalAveragePooling3D } from './pooling/global-average-pooling3d.ts';
import { GlobalMaxPooling1D } from './pooling/global-max-pooling1d.ts';
import { GlobalMaxPooling2D } from './pooling/global-max-pooling2d.ts';
import { GlobalMaxPooling3D } from './pooling/global-max-pooling3d.ts';
import { MaxPooling1D } from './pooling/max-pooling1d.ts';
import { MaxPooling2D } from './pooling/max-pooling2d.ts';
import { MaxPooling3D } from './pooling/max-pooling3d.ts';
import { CategoryEncoding } from './preprocessing/category-encoding.ts';
import { Discretization } from './preprocessing/discretization.ts';
import { HashedCrossing } from './preprocessing/hashed-crossing.ts';
import { Hashing } from './preprocessing/hashing.ts';
import { IntegerLookup } from './preprocessing/integer-lookup.ts';
import { Normalization } from './preprocessing/normalization.ts';
import { Rescaling } from './preprocessing/rescaling.ts';
import { StringLookup } from './preprocessing/string-lookup.ts';
import { TextVectorization } from './preprocessing/text-vectorization.ts';
import { Bidirectional } from './recurrent/bidirectional.ts';
import { ConvLSTM1D } from './recurrent/conv-lstm1d.ts';
import { ConvLSTM2D } from './recurrent/conv-lstm2d.ts';
import { ConvLSTM3D } from './recurrent/conv-lstm3d.ts';
import { GRU } from './recurrent/gru.ts';
import { GRUCell } from './recurrent/gru-cell.ts';
import { LSTM } from './recurrent/lstm.ts';
import { LSTMCell } from './recurrent/lstm-cell.ts';
import { RNN } from './recurrent/rnn.ts';
import { SimpleRNN } from './recurrent/simple-rnn.ts';
import { SimpleRNNCell } from './recurrent/simple-rnn-cell.ts';
import { StackedRNNCells } from './recurrent/stacked-rnn-cells.ts';
import { TimeDistributed } from './recurrent/time-distributed.ts';
import type { LayerClass } from './registry.ts';
import { ActivityRegularization } from './regularization/activity-regularization.ts';
import { AlphaDropout } from './regularization/alpha-dropout.ts';
import { Dropout } from './regularization/dropout.ts';
import { GaussianDropout } from './regularization/gaussian-dropout.ts';
import { GaussianNoise } from './regularization/gaussian-noise.ts';
import { SpatialDropout1D } from './regularization/spatial-dropout1d.ts';
import { SpatialDropout2D } from './regularization/spatial-dropout2d.ts';
import { SpatialDropout3D } from './regularization/spatial-dropout3d.ts';
import { Cropping1D } from './reshaping/cropping1d.ts';
import { Cropping2D } from './reshaping/cropping2d.ts';
import { Cropping3D } from './reshaping/cropping3d.ts';
import { Flatten } from './reshaping/flatten.ts';
import { Permute } from './reshaping/permute.ts';
import { RepeatVector } from './reshaping/repeat-vector.ts';
import { Reshape } from './reshaping/reshape.ts';
import { UpSampling1D } from './reshaping/up-sampling1d.ts';
import { UpSampling2D } from './reshaping/up-sampling2d.ts';
import { UpSampling3D } from './reshaping/up-sampling3d.ts';
import { ZeroPadding1D } from './reshaping/zero-padding1d.ts';
import { ZeroPadding2D } from './reshaping/zero-padding2d.ts';
import { ZeroPadding3D } from './reshaping/zero-padding3d.ts';

export { Activation, type ActivationOptions } from './activation/activation.ts';
export { ELU, type ELUOptions } from './activation/elu.ts';
export { LeakyReLU, type LeakyReLUOptions } from './activation/leaky-relu.ts';
export { PReLU, type PReLUOptions } from './activation/prelu.ts';
export { ReLU, type ReLUOptions } from './activation/relu.ts';
export { Softmax, type SoftmaxOptions } from './activation/softmax.ts';
export { AdditiveAttention, type AdditiveAttentionOptions } from './attention/additive-attention.ts';
export { Attention, type AttentionCallOptions, type AttentionOptions, type ScoreMode } from './attention/attention.ts';
export { GroupQueryAttention, type GroupQueryAttentionOptions } from './attention/group-query-attention.ts';
export type { HeadsCallOptions, HeadsOptions } from './attention/heads-layer.ts';
export { MultiHeadAttention, type MultiHeadAttentionOptions } from './attention/multi-head-attention.ts';
export { MelSpectrogram, type MelSpectrogramOptions } from './audio/mel-spectrogram.ts';
export { type STFTMode, STFTSpectrogram, type STFTSpectrogramOptions } from './audio/stft-spectrogram.ts';
export * from './augmentation/index.ts';
export type { ConvOptions } from './convolution/base-conv.ts';
export type { ConvTransposeOptions } from './convolution/base-conv-transpose.ts';
export type { DepthwiseConvOptions } from './convolution/base-depthwise-conv.ts';
export type { SeparableConvOptions } from './convolution/base-separable-conv.ts';
export { Conv1D, Conv1D as Convolution1D } from './convolution/conv1d.ts';
export { Conv1DTranspose, Conv1DTranspose as Convolution1DTranspose } from './convolution/conv1d-transpose.ts';
export { Conv2D, Conv2D as Convolution2D } from './convolution/conv2d.ts';
export { Conv2DTranspose, Conv2DTranspose as Convolution2DTranspose } from './convolution/conv2d-transpose.ts';
export { Conv3D, Conv3D as Convolution3D } from './convolution/conv3d.ts';
export { Conv3DTranspose, Conv3DTranspose as Convolution3DTranspose } from './convolution/conv3d-transpose.ts';
export type { ConvolutionOptions } from './convolution/convolution.ts';
export { DepthwiseConv1D } from './convolution/depthwise-conv1d.ts';
export { DepthwiseConv2D } from './convolution/depthwise-conv2d.ts';
export { SeparableConv1D, SeparableConv1D as SeparableConvolution1D } from './convolution/separable-conv1d.ts';
export { SeparableConv2D, SeparableConv2D as SeparableConvolution2D } from './convolution/separable-conv2d.ts';
export { Dense, type DenseOptions } from './core/dense.ts';
export { EinsumDense, type EinsumDenseOptions } from './core/einsum-dense.ts';
export { Embedding, type EmbeddingOptions } from './core/embedding.ts';
export { Identity } from './core/identity.ts';
export { Input, InputLayer, type InputLayerOptions, type InputOptions } from './core/input-layer.ts';
export { Lambda, type LambdaFunction, type LambdaMask, type LambdaOptions, type LambdaShape } from './core/lambda.ts';
export { Masking, type MaskingOptions } from './core/masking.ts';
export { Pipeline, type PipelineOptions } from './core/pipeline.ts';
export { ReversibleEmbedding, type ReversibleEmbeddingOptions } from './core/reversible-embedding.ts';
export { Wrapper, type WrapperOptions } from './core/wrapper.ts';
export { InputSpec } from './input-spec.ts';
export { type CallOptions, type Config, Layer, type LayerOptions, type WeightOptions } from './layer.ts';
export type { EnableLoraOptions, LoraOptions } from './lora.ts';
export { Add, add } from './merging/add.ts';
export { Average, average } from './merging/average.ts';
export { Concatenate, type ConcatenateOptions, concatenate } from './merging/concatenate.ts';
export { Dot, type DotOptions, dot } from './merging/dot.ts';
export { Maximum, maximum } from './merging/maximum.ts';
export { Minimum, minimum } from './merging/minimum.ts';
export { Multiply, multiply } from './merging/multiply.ts';
export { Subtract, subtract } from './merging/subtract.ts';
export {
  BatchNormalization,
  type BatchNormalizationOptions,
  type RenormClipping,
} from './normalization/batch-normalization.ts';
export { GroupNormalization, type GroupNormalizationOptions } from './normalization/group-normalization.ts';
export { LayerNormalization, type LayerNormalizationOptions } from './normalization/layer-normalization.ts';
export { RMSNormalization, type RMSNormalizationOptions } from './normalization/rms-normalization.ts';
export { SpectralNormalization, type SpectralNormalizationOptions } from './normalization/spectral-normalization.ts';
export { UnitNormalization, type UnitNormalizationOptions } from './normalization/unit-normalization.ts';
export { AdaptiveAveragePooling1D } from './pooling/adaptive-average-pooling1d.ts';
export { AdaptiveAveragePooling2D } from './pooling/adaptive-average-pooling2d.ts';
export { AdaptiveAveragePooling3D } from './pooling/adaptive-average-pooling3d.ts';
export { AdaptiveMaxPooling1D } from './pooling/adaptive-max-pooling1d.ts';
export { AdaptiveMaxPooling2D } from './pooling/adaptive-max-pooling2d.ts';
export { AdaptiveMaxPooling3D } from './pooling/adaptive-max-pooling3d.ts';
export { AveragePooling1D, AveragePooling1D as AvgPool1D } from './pooling/average-pooling1d.ts';
export { AveragePooling2D, AveragePooling2D as AvgPool2D } from './pooling/average-pooling2d.ts';
export { AveragePooling3D, AveragePooling3D as AvgPool3D } from './pooling/average-pooling3d.ts';
export type { AdaptivePoolingOptions } from './pooling/base-adaptive-pooling.ts';
export type { GlobalPoolingOptions } from './pooling/base-global-pooling.ts';
export type { PoolingOptions, PoolSizes } from './pooling/base-pooling.ts';
export {
  GlobalAveragePooling1D,
  GlobalAveragePooling1D as GlobalAvgPool1D,
} from './pooling/global-average-pooling1d.ts';
export {
  GlobalAveragePooling2D,
  GlobalAveragePooling2D as GlobalAvgPool2D,
} from './pooling/global-average-pooling2d.ts';
export {
  GlobalAveragePooling3D,
  GlobalAveragePooling3D as GlobalAvgPool3D,
} from './pooling/global-average-pooling3d.ts';
export { GlobalMaxPooling1D, GlobalMaxPooling1D as GlobalMaxPool1D } from './pooling/global-max-pooling1d.ts';
export { GlobalMaxPooling2D, GlobalMaxPooling2D as GlobalMaxPool2D } from './pooling/global-max-pooling2d.ts';
export { GlobalMaxPooling3D, GlobalMaxPooling3D as GlobalMaxPool3D } from './pooling/global-max-pooling3d.ts';
export { MaxPooling1D, MaxPooling1D as MaxPool1D } from './pooling/max-pooling1d.ts';
export { MaxPooling2D, MaxPooling2D as MaxPool2D } from './pooling/max-pooling2d.ts';
export { MaxPooling3D, MaxPooling3D as MaxPool3D } from './pooling/max-pooling3d.ts';
export type { AdaptData, AdaptOptions } from './preprocessing/adapt-data.ts';
export { CategoryEncoding, type CategoryEncodingOptions } from './preprocessing/category-encoding.ts';
export { Discretization, type DiscretizationOptions } from './preprocessing/discretization.ts';
export { HashedCrossing, type HashedCrossingOptions } from './preprocessing/hashed-crossing.ts';
export { Hashing, type HashingOptions } from './preprocessing/hashing.ts';
export { IntegerLookup, type IntegerLookupOptions } from './preprocessing/integer-lookup.ts';
export { Normalization, type NormalizationOptions } from './preprocessing/normalization.ts';
export { Rescaling, type RescalingOptions } from './preprocessing/rescaling.ts';
export { StringLookup, type StringLookupOptions } from './preprocessing/string-lookup.ts';
export {
  type Split,
  type Standardize,
  TextVectorization,
  type TextVectorizationOptions,
} from './preprocessing/text-vectorization.ts';
export type { ConvLSTMOptions } from './recurrent/base-conv-lstm.ts';
export { Bidirectional, type BidirectionalOptions, type MergeMode } from './recurrent/bidirectional.ts';
export type { CellCallOptions, RNNCell, State, StateSize } from './recurrent/cell.ts';
export { ConvLSTM1D } from './recurrent/conv-lstm1d.ts';
export { ConvLSTM2D } from './recurrent/conv-lstm2d.ts';
export { ConvLSTM3D } from './recurrent/conv-lstm3d.ts';
export { GRU, type GRUOptions } from './recurrent/gru.ts';
export { GRUCell, type GRUCellOptions } from './recurrent/gru-cell.ts';
export { LSTM, type LSTMOptions } from './recurrent/lstm.ts';
export { LSTMCell, type LSTMCellOptions } from './recurrent/lstm-cell.ts';
export { RNN, type RNNCallOptions, type RNNOptions } from './recurrent/rnn.ts';
export { SimpleRNN, type SimpleRNNOptions } from './recurrent/simple-rnn.ts';
export { SimpleRNNCell, type SimpleRNNCellOptions } from './recurrent/simple-rnn-cell.ts';
export { StackedRNNCells, type StackedRNNCellsOptions } from './recurrent/stacked-rnn-cells.ts';
export { TimeDistributed } from './recurrent/time-distributed.ts';
export {
  type CustomObjects,
  deserializeLayer,
  deserializeLayer as deserialize,
  registerLayer,
  serializeLayer,
  serializeLayer as serialize,
} from './registry.ts';
export {
  ActivityRegularization,
  type ActivityRegularizationOptions,
} from './regularization/activity-regularization.ts';
export { AlphaDropout, type AlphaDropoutOptions } from './regularization/alpha-dropout.ts';
export type { SpatialDropoutOptions } from './regularization/base-spatial-dropout.ts';
export { Dropout, type DropoutOptions } from './regularization/dropout.ts';
export { GaussianDropout, type GaussianDropoutOptions } from './regularization/gaussian-dropout.ts';
export { GaussianNoise, type GaussianNoiseOptions } from './regularization/gaussian-noise.ts';
export { SpatialDropout1D } from './regularization/spatial-dropout1d.ts';
export { SpatialDropout2D } from './regularization/spatial-dropout2d.ts';
export { SpatialDropout3D } from './regularization/spatial-dropout3d.ts';
export type { CroppingOptions } from './reshaping/base-cropping.ts';
export type { ZeroPaddingOptions } from './reshaping/base-zero-padding.ts';
export { Cropping1D } from './reshaping/cropping1d.ts';
export { Cropping2D } from './reshaping/cropping2d.ts';
export { Cropping3D } from './reshaping/cropping3d.ts';
export { Flatten, type FlattenOptions } from './reshaping/flatten.ts';
export { Permute, type PermuteOptions } from './reshaping/permute.ts';
export { RepeatVector, type RepeatVectorOptions } from './reshaping/repeat-vector.ts';
export { Reshape, type ReshapeOptions } from './reshaping/reshape.ts';
export { UpSampling1D, type UpSampling1DOptions } from './reshaping/up-sampling1d.ts';
export { UpSampling2D, type UpSampling2DOptions, type UpSamplingInterpolation } from './reshaping/up-sampling2d.ts';
export { UpSampling3D, type UpSampling3DOptions } from './reshaping/up-sampling3d.ts';
export { ZeroPadding1D } from './reshaping/zero-padding1d.ts';
export { ZeroPadding2D } from './reshaping/zero-padding2d.ts';
export { ZeroPadding3D } from './reshaping/zero-padding3d.ts';
export { type DynamicShape, SymbolicTensor } from './symbolic.ts';
export type { WeightRuleOptions } from './weight-rules.ts';

/** Every class of layers that files may name. */
export function builtinLayers(): readonly LayerClass[] {
  return [
    Dense,
    EinsumDense,
    Embedding,
    Identity,
    InputLayer,
    Lambda,
    Masking,
    Pipeline,
    ReversibleEmbedding,
    AdditiveAttention,
    Attention,
    GroupQueryAttention,
    MultiHeadAttention,
    Activation,
    ELU,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    Conv1DTranspose,
    Conv1D,
    Conv2DTranspose,
    Conv2D,
    Conv3DTranspose,
    Conv3D,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    SpectralNormalization,
    UnitNormalization,
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    Cropping1D,
    Cropping2D,
    Cropping3D,
    Flatten,
    Permute,
    RepeatVector,
    Reshape,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    Rescaling,
    ...imageLayers(),
    MelSpectrogram,
    STFTSpectrogram,
    Wrapper,
    Bidirectional,
    TimeDistributed,
    ConvLSTM1D,
    ConvLSTM2D,
    ConvLSTM3D,
    GRU,
    GRUCell,
    LSTM,
    LSTMCell,
    RNN,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
    CategoryEncoding,
    Discretization,
    HashedCrossing,
    Hashing,
    IntegerLookup,
    Normalization,
    StringLookup,
    TextVectorization,
  ];
}
