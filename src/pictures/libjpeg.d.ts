/** What is used of libjpeg-turbo, translated to JavaScript. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decode' {
  interface Decoder {
    /** Where the file belongs. */
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getFrameInfo(): { width: number; height: number; componentCount: number };
    getDecodedBuffer(): Uint8ClampedArray;
    delete(): void;
  }

  export default function load(): Promise<{ JPEGDecoder: new () => Decoder }>;
}
