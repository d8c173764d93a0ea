import { type Koffi, type Platform, STACK_BYTES, type Waiting } from './platform.ts';

const PROT_NONE = 0;
const PROT_READ_WRITE = 3;
const PROT_READ_EXEC = 5;
const MAP_PRIVATE = 2;
const MADV_HUGEPAGE = 14;
const SIG_SETMASK = { linux: 2, darwin: 3 };

/** Linux (glibc, musl) and macOS, by the C library that Node itself is linked with. */
export function posix(koffi: Koffi): Platform {
  const c = koffi.load(null);
  const linux = process.platform === 'linux';
  const mapAnonymous = linux ? 0x20 : 0x1000;
  const mmap = c.func('mmap', 'intptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'long']);
  const munmap = c.func('munmap', 'int', ['uintptr_t', 'size_t']);
  const mprotect = c.func('mprotect', 'int', ['uintptr_t', 'size_t', 'int']);
  const madvise = c.func('madvise', 'int', ['uintptr_t', 'size_t', 'int']);
  const protos = new Map<number, unknown>();
  return {
    abi: 'sysv',
    pageBytes: c.func('getpagesize', 'int', [])(),
    map(bytes) {
      const address = Number(mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE | mapAnonymous, -1, 0));
      return address === -1 ? undefined : address;
    },
    unmap: (address, bytes) => void munmap(address, bytes),
    protect(address, bytes, mode) {
      const failed = mprotect(address, bytes, mode === 'none' ? PROT_NONE : PROT_READ_EXEC) !== 0;
      return failed ? `mprotect failed with errno ${koffi.errno()}` : undefined;
    },
    adviseHuge(address, bytes) {
      if (linux) madvise(address, bytes, MADV_HUGEPAGE);
    },
    view: (address, bytes) => koffi.view(address, bytes),
    callable(address, arity) {
      let proto = protos.get(arity);
      if (proto === undefined) {
        proto = koffi.proto('void', Array(arity).fill('uintptr_t'));
        protos.set(arity, proto);
      }
      return koffi.decode(address, proto);
    },
    ...threads(koffi),
    waiting: linux ? semaphores(koffi) : dispatchSemaphores(koffi),
  };
}

function threads(koffi: Koffi): Pick<Platform, 'startThread' | 'joinThread'> {
  const c = koffi.load(null);
  const create = c.func('pthread_create', 'int', ['void *', 'void *', 'uintptr_t', 'uintptr_t']);
  const join = c.func('pthread_join', 'int', ['uintptr_t', 'uintptr_t']);
  const attrInit = c.func('pthread_attr_init', 'int', ['void *']);
  const attrStack = c.func('pthread_attr_setstacksize', 'int', ['void *', 'size_t']);
  const attrDestroy = c.func('pthread_attr_destroy', 'int', ['void *']);
  const sigmask = c.func('pthread_sigmask', 'int', ['int', 'void *', 'void *']);
  const setMask = process.platform === 'linux' ? SIG_SETMASK.linux : SIG_SETMASK.darwin;
  return {
    startThread(code, argument) {
      // A new thread inherits the signal mask. Signals are Node's business: workers block all of them.
      const before = new Uint8Array(128);
      const attributes = new Uint8Array(128);
      const thread = new BigUint64Array(1);
      sigmask(setMask, new Uint8Array(128).fill(255), before);
      attrInit(attributes);
      attrStack(attributes, STACK_BYTES);
      const failed = create(thread, attributes, code, argument);
      attrDestroy(attributes);
      sigmask(setMask, before, null);
      if (failed !== 0)
        throw new Error(`pthread_create failed with errno ${failed}: the system allows no more threads`);
      return thread[0]!;
    },
    joinThread: (thread) => void join(thread, 0),
  };
}

/** POSIX semaphores in mapped memory. */
function semaphores(koffi: Koffi): Waiting {
  const c = koffi.load(null);
  const init = c.func('sem_init', 'int', ['uintptr_t', 'int', 'uint']);
  const destroy = c.func('sem_destroy', 'int', ['uintptr_t']);
  const calloc = c.func('calloc', 'uintptr_t', ['size_t', 'size_t']);
  const free = c.func('free', 'void', ['uintptr_t']);
  return {
    wait: Number(koffi.address(c.symbol('sem_wait'))),
    post: Number(koffi.address(c.symbol('sem_post'))),
    yield: Number(koffi.address(c.symbol('sched_yield'))),
    createSemaphore() {
      const semaphore = Number(calloc(1, 64));
      init(semaphore, 0, 0);
      return semaphore;
    },
    destroySemaphore(semaphore) {
      destroy(semaphore);
      free(semaphore);
    },
  };
}

/** macOS has no unnamed POSIX semaphores; libdispatch's are there in every process. */
function dispatchSemaphores(koffi: Koffi): Waiting {
  const c = koffi.load(null);
  const create = c.func('dispatch_semaphore_create', 'uintptr_t', ['intptr_t']);
  const release = c.func('dispatch_release', 'void', ['uintptr_t']);
  return {
    wait: Number(koffi.address(c.symbol('dispatch_semaphore_wait'))),
    post: Number(koffi.address(c.symbol('dispatch_semaphore_signal'))),
    yield: Number(koffi.address(c.symbol('sched_yield'))),
    createSemaphore: () => Number(create(0)),
    destroySemaphore: (semaphore) => release(semaphore),
  };
}
