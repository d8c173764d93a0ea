import type { TensorLike } from '../../trace/convert.ts';
import type { LayerOptions } from '../layer.ts';
import type { Salt } from './buckets.ts';
import type { CategoryMode } from './encode-categories.ts';

export type LookupMode = CategoryMode | 'tf_idf';

export const LOOKUP_MODES = ['int', 'one_hot', 'multi_hot', 'count', 'tf_idf'] as const;

export interface IndexLookupOptions<T> extends LayerOptions {
  /** Size of the vocabulary at most, mask and unknown tokens included. Default: no limit. */
  maxTokens?: number | null;
  /** How many indices unknown tokens share: hashed if more than one; with 0 they are an error. Default 1. */
  numOovIndices?: number;
  /** The token that stands for nothing: index 0 in mode `'int'`, without trace in the others. Default: none. */
  maskToken?: T | null;
  /** What unknown indices become with `invert`. */
  oovToken?: T | null;
  /** The terms, or (in Node) the path of a file with a term a line. Without it, `adapt` finds them. */
  vocabulary?: readonly T[] | ArrayLike<T> | string | null;
  /** For `'tf_idf'` with `vocabulary`: the weight of each term. */
  idfWeights?: TensorLike | null;
  /** Whether indices become tokens, instead of tokens indices. Default `false`. */
  invert?: boolean;
  /**
   * `'int'` (default): indices. `'one_hot'`: a vector for each. For a sample: `'multi_hot'` which tokens it has, `'count'` how
   * often, `'tf_idf'` that times their `idfWeights`.
   */
  outputMode?: LookupMode | 'binary' | 'tf-idf';
  /** Whether vectors have `maxTokens` elements, however large the vocabulary is. Default `false`. */
  padToMaxTokens?: boolean;
  /** Sparse outputs are not supported. */
  sparse?: boolean;
  /** Hash unknown tokens with SipHash-2-4 and this key, instead of FarmHash. */
  salt?: Salt | null;
  /** How unknown whole numbers are spread: by their remainder (`'floormod'`, default), or `'farmhash'`. */
  oovMethod?: 'floormod' | 'farmhash';
  /** Of files: the size of the vocabulary that is stored beside the configuration. */
  vocabularySize?: number | null;
  /** Of Keras: whether the vocabulary was given and not adapted. */
  hasInputVocabulary?: boolean | null;
}

export const LOOKUP_DEFAULTS = {
  maxTokens: null,
  numOovIndices: 1,
  maskToken: null,
  vocabulary: null,
  idfWeights: null,
  invert: false,
  outputMode: 'int',
  padToMaxTokens: false,
  sparse: false,
  salt: null,
  oovMethod: 'floormod',
  vocabularySize: null,
  hasInputVocabulary: null,
} as const;
