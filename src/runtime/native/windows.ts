import { type Koffi, type Platform, STACK_BYTES, type Waiting } from './platform.ts';

const MEM_COMMIT_RESERVE = 0x3000;
const MEM_RELEASE = 0x8000;
const PAGE_NOACCESS = 0x01;
const PAGE_READWRITE = 0x04;
const PAGE_EXECUTE_READ = 0x20;
const STACK_SIZE_PARAM_IS_A_RESERVATION = 0x10000;
const INFINITE = 0xffffffff;

/** Windows, by kernel32. */
export function windows(koffi: Koffi): Platform {
  const kernel = koffi.load('kernel32.dll');
  const alloc = kernel.func('VirtualAlloc', 'uintptr_t', ['uintptr_t', 'size_t', 'uint32', 'uint32']);
  const free = kernel.func('VirtualFree', 'int', ['uintptr_t', 'size_t', 'uint32']);
  const protect = kernel.func('VirtualProtect', 'int', ['uintptr_t', 'size_t', 'uint32', 'void *']);
  const lastError = kernel.func('GetLastError', 'uint32', []);
  const createThread = kernel.func('CreateThread', 'intptr_t', [
    'uintptr_t',
    'size_t',
    'uintptr_t',
    'uintptr_t',
    'uint32',
    'uintptr_t',
  ]);
  const wait = kernel.func('WaitForSingleObject', 'uint32', ['intptr_t', 'uint32']);
  const close = kernel.func('CloseHandle', 'int', ['intptr_t']);
  const protos = new Map<number, unknown>();
  return {
    abi: 'win64',
    pageBytes: 4096,
    map: (bytes) => Number(alloc(0, bytes, MEM_COMMIT_RESERVE, PAGE_READWRITE)) || undefined,
    unmap: (address) => void free(address, 0, MEM_RELEASE),
    protect(address, bytes, mode) {
      const done = protect(address, bytes, mode === 'none' ? PAGE_NOACCESS : PAGE_EXECUTE_READ, new Uint32Array(1));
      return done ? undefined : `VirtualProtect failed with error ${lastError()}`;
    },
    adviseHuge() {
      // Large pages need a privilege that ordinary users do not have.
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
    startThread(code, argument) {
      const thread = createThread(0, STACK_BYTES, code, argument, STACK_SIZE_PARAM_IS_A_RESERVATION, 0);
      if (!thread) throw new Error(`CreateThread failed with error ${lastError()}: the system allows no more threads`);
      return thread;
    },
    joinThread(thread) {
      wait(thread, INFINITE);
      close(thread);
    },
    waiting: semaphores(koffi),
  };
}

function semaphores(koffi: Koffi): Waiting {
  const kernel = koffi.load('kernel32.dll');
  const create = kernel.func('CreateSemaphoreW', 'intptr_t', ['uintptr_t', 'int32', 'int32', 'uintptr_t']);
  const close = kernel.func('CloseHandle', 'int', ['intptr_t']);
  const address = (name: string) => Number(koffi.address(kernel.symbol(name)));
  return {
    wait: address('WaitForSingleObject'),
    post: address('ReleaseSemaphore'),
    yield: address('SwitchToThread'),
    createSemaphore: () => Number(create(0, 0, 0x7fffffff, 0)),
    destroySemaphore: (semaphore) => void close(semaphore),
  };
}
