/** What is used of omggif. */
declare module 'omggif' {
  export class GifReader {
    constructor(file: Uint8Array);
    /** Writes the pixels that can be seen of a picture over those that are there: red, green, blue and opacity. */
    decodeAndBlitFrameRGBA(frame: number, pixels: Uint8Array): void;
  }
}
