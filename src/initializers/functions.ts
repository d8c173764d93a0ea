import { Constant, Identity, Ones, Zeros } from './constant.ts';
import {
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  Orthogonal,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
} from './random.ts';
import { STFT } from './stft.ts';

/** A function with the arguments of a constructor: what Keras's lower-case names are. */
const making =
  <A extends unknown[], T>(cls: new (...args: A) => T) =>
  (...args: A): T =>
    new cls(...args);

/** `new Constant(value)`. */
export const constant = /* @__PURE__ */ making(Constant);
/** `new GlorotNormal(options)`. */
export const glorotNormal = /* @__PURE__ */ making(GlorotNormal);
/** `new GlorotUniform(options)`. */
export const glorotUniform = /* @__PURE__ */ making(GlorotUniform);
/** `new HeNormal(options)`. */
export const heNormal = /* @__PURE__ */ making(HeNormal);
/** `new HeUniform(options)`. */
export const heUniform = /* @__PURE__ */ making(HeUniform);
/** `new Identity(gain)`. */
export const identity = /* @__PURE__ */ making(Identity);
/** `new LecunNormal(options)`. */
export const lecunNormal = /* @__PURE__ */ making(LecunNormal);
/** `new LecunUniform(options)`. */
export const lecunUniform = /* @__PURE__ */ making(LecunUniform);
/** `new Ones()`. */
export const ones = /* @__PURE__ */ making(Ones);
/** `new Orthogonal(options)`. */
export const orthogonal = /* @__PURE__ */ making(Orthogonal);
/** `new RandomNormal(options)`. */
export const randomNormal = /* @__PURE__ */ making(RandomNormal);
/** `new RandomUniform(options)`. */
export const randomUniform = /* @__PURE__ */ making(RandomUniform);
/** `new STFT(options)`. */
export const stft = /* @__PURE__ */ making(STFT);
/** `new TruncatedNormal(options)`. */
export const truncatedNormal = /* @__PURE__ */ making(TruncatedNormal);
/** `new VarianceScaling(options)`. */
export const varianceScaling = /* @__PURE__ */ making(VarianceScaling);
/** `new Zeros()`. */
export const zeros = /* @__PURE__ */ making(Zeros);
