/** What is used of pngjs, as one file for browsers. */
declare module 'pngjs/browser.js' {
  /** Bytes of the library's own class. */
  interface OwnBytes extends Uint8Array {
    readonly constructor: { from(data: Uint8Array): OwnBytes };
  }

  interface Decoded {
    /** Four numbers a pixel. */
    readonly data: OwnBytes;
  }

  interface Library {
    readonly PNG: {
      new (size: { width: number; height: number }): Decoded;
      readonly sync: { read(file: OwnBytes, options: { checkCRC?: boolean; skipRescale?: boolean }): Decoded };
    };
  }

  const library: Library;
  export default library;
}
