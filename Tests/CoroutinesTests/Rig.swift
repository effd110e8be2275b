import CCoroutine
import Coroutines
import Glibc

/// Some coroutines on a slab, switched by hand: the least that a scheduler is.
///
///     resume(i)   the thread's own stack  ──►  coroutine i, where it stopped
///     suspend()   coroutine i  ──►  the thread's own stack
final class Rig {
    /// How a rig is made.
    enum Way: CaseIterable {
        /// Swift's words are swapped by pointer.
        case words
        /// They were not found: the runtime's own calls are used for accesses.
        case runtimeCalls
        /// No guards: a canary is looked at in each switch.
        case canaries
    }

    let thread: UnsafeMutablePointer<cg_thread>
    private let contexts: UnsafeMutablePointer<cg_context>
    private let count: Int
    private var bodies: [() -> Void] = []
    private(set) var slab: StackSlab
    private var running = 0
    private(set) var finished: Set<Int> = []
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// The calling thread's rig.
    private static var current: Rig {
        guard let pointer = pthread_getspecific(key) else { fatalError("no rig on this thread") }
        // Safe: a rig is alive while its coroutines run.
        return Unmanaged<Rig>.fromOpaque(pointer).takeUnretainedValue()
    }

    init(way: Way = .words, isolating: Bool = true, stackSize: Int = 128 * 1024, _ bodies: [() -> Void]) {
        self.bodies = bodies
        count = bodies.count
        thread = .allocate(capacity: 1)
        slab = StackSlab(
            stackSize: stackSize, guardSize: 64 * 1024, capacity: max(count, 1), thread: thread,
            strongest: way == .canaries ? .none : .marker)
        contexts = .allocate(capacity: count + 1)
        contexts.initialize(repeating: cg_context(), count: count + 1)
        ThreadState.prepare(thread, isolatingAccesses: isolating)
        switch way {
        case .words, .canaries: break
        case .runtimeCalls:
            thread.pointee.words.0 = UnsafeMutablePointer(thread.pointer(to: \.unused))
            thread.pointee.uses_runtime_calls = true
            thread.pointee.slow = true
        }
        thread.pointee.current = contexts
        pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
        for i in 0..<count {
            guard let stack = slab.take() else { fatalError("no stack") }
            contexts[i + 1].canary = slab.canary(stack).map { UnsafePointer($0) }
            cg_prepare(contexts + i + 1, stack, slab.stackSize, { _ in Rig.run() }, nil)
        }
    }

    deinit {
        cg_overflow_remove(thread)
        for i in 1..<(count + 1) { cg_release(contexts + i) }
        contexts.deallocate()
        cg_region_forget_all(thread)
        thread.deallocate()
    }

    private static func run() {
        cg_entered(current.thread)
        runBody()
        // Only pointers from here on: what is retained on this stack stays so, since it is never continued.
        let (thread, own, main) = place()
        cg_switch(thread, own, main)
    }

    @inline(never)
    private static func runBody() {
        let rig = current
        let index = rig.running - 1
        rig.bodies[index]()
        rig.bodies[index] = {}
        rig.finished.insert(index)
    }

    @inline(never)
    private static func place() -> (
        UnsafeMutablePointer<cg_thread>, UnsafeMutablePointer<cg_context>, UnsafeMutablePointer<cg_context>
    ) {
        let rig = current
        return (rig.thread, rig.contexts + rig.running, rig.contexts)
    }

    /// Continues coroutine `index` until it suspends itself or ends.
    func resume(_ index: Int) {
        precondition(!finished.contains(index))
        running = index + 1
        cg_switch(thread, contexts, contexts + running)
        running = 0
    }

    /// Leaves the running coroutine.
    static func suspend() {
        let (thread, own, main) = place()
        cg_switch(thread, own, main)
    }

    /// Does what recursion that uses all of it does to the top of the stack below the running coroutine's.
    static func overrun() {
        let context = current.contexts + current.running
        guard let canary = UnsafeMutablePointer(mutating: context.pointee.canary) else { fatalError("it has a guard") }
        canary.update(repeating: 1, count: Int(CG_CANARIES))
    }

    /// Pretends that a coroutine's stack ends `bytes` higher.
    func shorten(_ index: Int, by bytes: Int) {
        contexts[index + 1].stack_low = contexts[index + 1].stack_low.map { $0 + bytes }
    }

    /// Resumes all that are not through, in turn, until all are.
    func runAll() {
        while finished.count < count {
            for i in 0..<count where !finished.contains(i) { resume(i) }
        }
    }
}
