"""Low-rank adaptation, batch renormalization and other options that few use. Cases have names of their own."""

from .case import case, named

CASES = named(
    "further",
    [
        case("Dense", (3, 4), units=5, lora_rank=2),
        case("Dense", (2, 3, 4), units=5, activation="tanh", use_bias=False, lora_rank=1, lora_alpha=4),
        case("Dense", (2, 17), units=16, lora_rank=3, kernel_regularizer="l2", bias_constraint="non_neg"),
        case("EinsumDense", (3, 4), equation="ab,bc->ac", output_shape=5, bias_axes="c", lora_rank=2, lora_alpha=3),
        case("EinsumDense", (2, 3, 4), equation="abc,cde->abde", output_shape=[3, 2, 5], bias_axes="de", lora_rank=2),
        case("EinsumDense", (2, 3, 4), equation="abc,bd->adc", output_shape=[5, 4], lora_rank=1, lora_alpha=0.5),
        case("Embedding", (2, 5), input_dim=7, output_dim=3, below=7, lora_rank=2, lora_alpha=5),
        case("Embedding", (4,), input_dim=3, output_dim=4, below=3, mask_zero=True, lora_rank=1),
        case("ReversibleEmbedding", (2, 5), input_dim=7, output_dim=3, below=7, lora_rank=2),
        case("Conv1D", (2, 6, 3), filters=4, kernel_size=3, padding="causal", lora_rank=2, lora_alpha=6),
        case("Conv2D", (1, 4, 5, 4), filters=6, kernel_size=[2, 3], groups=2, activation="relu", lora_rank=2),
        case("Conv2D", (1, 2, 4, 4), filters=3, kernel_size=2, data_format="channels_first", lora_rank=1, lora_alpha=2),
        case("Conv3D", (1, 3, 3, 2, 2), filters=3, kernel_size=2, use_bias=False, lora_rank=2, lora_alpha=1),
        *[
            case("BatchNormalization", shape, renorm=True, training=training, **options)
            for training in (False, True)
            for shape, options in [
                ((5, 4), {}),
                ((2, 3, 4), {"axis": 1, "renorm_momentum": 0.8, "momentum": 0.9}),
                ((4, 3), {"scale": False, "renorm_clipping": {"rmax": 1.1, "rmin": 0.9, "dmax": 0.2}}),
                ((4, 3), {"center": False, "renorm_clipping": {"dmax": 0.1}, "epsilon": 0.01}),
                ((2, 2, 3, 2), {"scale": False, "center": False, "renorm_clipping": {"rmax": 1.0}}),
            ]
        ],
        case("BatchNormalization", (2, 3, 4), renorm=True, training=True, mask=[[1, 1, 0], [1, 0, 0]]),
        case("LayerNormalization", (3, 5), rms_scaling=True),
        case("LayerNormalization", (2, 3, 4), axis=[1, 2], rms_scaling=True, scale=False, epsilon=1e-5),
        case("LayerNormalization", (2, 3, 4), axis=1, rms_scaling=True, center=False),
        case("UpSampling2D", (1, 3, 4, 2), size=2, interpolation="bicubic"),
        case("UpSampling2D", (1, 5, 2, 1), size=[3, 2], interpolation="lanczos3"),
        case("UpSampling2D", (2, 1, 3, 4), size=[2, 1], interpolation="lanczos5", data_format="channels_first"),
    ],
)
