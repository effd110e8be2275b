internal import CCoroutine
internal import Coroutines
internal import EventLoop

/// Parks the calling greenlet until `unpark` (true) or until the deadline has passed (false).
///
/// Throws what is delivered to it meanwhile: a kill, a Timeout. The caller undoes its registration after any return;
/// waking a greenlet that is runnable already does nothing, so a late wake is harmless.
@inline(__always)
func park(_ core: Core, until deadline: Deadline = .never, _ reason: WaitReason) throws -> Bool {
    let block = try core.pointee.parkable()
    if block.pointee.hasPending { try throwPending(block) }
    block.pointee.state = .parked
    block.pointee.reason = reason
    block.pointee.parkedSince = core.pointee.loop._withUnsafeGuaranteedRef { $0.now }
    if deadline != .never {
        block.pointee.timedOut = false
        let timer = block.timerNode
        // Fidelity: a wait's timeout comes after plain timers of the same moment, so that what they bring is seen, and
        // after Timeouts that were started before it.
        let priority: Int8 = reason == .sleep ? 0 : -1
        core.pointee.loop._withUnsafeGuaranteedRef { $0.start(timer, at: deadline.time, priority: priority) }
        switchOut(core, block)
        core.pointee.loop._withUnsafeGuaranteedRef { $0.cancel(timer) }
        if block.pointee.hasPending { try throwPending(block) }
        return !block.pointee.timedOut
    }
    switchOut(core, block)
    if block.pointee.hasPending { try throwPending(block) }
    return true
}

/// Makes a parked greenlet runnable. Does nothing for one that is not parked.
@inline(__always)
func unpark(_ core: Core, _ block: Block) {
    guard block.pointee.state == .parked else { return }
    block.pointee.state = .runnable
    core.pointee.push(block)
}

/// Puts the calling greenlet behind all that are runnable.
@inline(__always)
func yieldTurn(_ core: Core) throws {
    let block = try core.pointee.parkable()
    if block.pointee.hasPending { try throwPending(block) }
    block.pointee.state = .yielding
    leaveTurn(core, block)
    if block.pointee.hasPending { try throwPending(block) }
}

@inline(__always)
private func leaveTurn(_ core: Core, _ block: Block) {
    if core.pointee.queue.count > 0, core.pointee.mayContinue() {
        let element = core.pointee.queue.rotate(UInt(bitPattern: block))
        if element & 3 == 0, let next = Block(bitPattern: element) { return resume(core, block, next) }
        // The long way, from where it began.
        core.pointee.budget &+= 1
        core.pointee.queue.pushFront(element)
    } else {
        core.pointee.push(block)
    }
    switchOut(core, block)
}

/// For operations that succeeded at once: gives way when the turn's time slice is used up, so that a greenlet whose
/// I/O is always ready does not starve timers and the others.
func giveWayIfSliceUsed(_ core: Core) throws { if core.isSliceUsed() { try giveWay(core) } }

/// Puts the calling greenlet behind all that are runnable, and has the hub look at the clock.
func giveWay(_ core: Core) throws {
    core.pointee.budget = 1
    try yieldTurn(core)
}

extension Core {
    /// Whether it is time to give way. Looks at the clock once in a batch of calls.
    @inline(__always)
    func isSliceUsed() -> Bool {
        pointee.ease &-= 1
        guard pointee.ease <= 0 else { return false }
        pointee.ease = HubCore.batch
        return pointee.current != pointee.hubBlock && monotonicNanoseconds() >= pointee.sliceEnd
    }
}

@inline(never)
private func throwPending(_ block: Block) throws {
    guard let greenlet = block.pointee.greenlet?.takeUnretainedValue() else { return }
    throw greenlet.takePending()
}

/// Leaves the running stack; returns when this greenlet is to run again. The caller has set its block's state.
@inline(__always)
func switchOut(_ core: Core, _ block: Block) {
    while core.pointee.queue.count > 0, core.pointee.mayContinue() {
        let element = core.pointee.queue.popFront()
        if element & 3 == 0, let next = Block(bitPattern: element) {
            if next == block {
                block.pointee.state = .running
                core.pointee.current = block
                return
            }
            resume(core, block, next)
            return
        }
        // While entries run here, nothing may park: code that tries (a deinit, say) must see that.
        core.pointee.current = core.pointee.hubBlock
        if element & 3 == 2 {
            if let next = begin(core, element) {
                resume(core, block, next)
                return
            }
        } else if !runEntry(core, element, onHub: false) {
            break
        }
    }
    core.pointee.current = core.pointee.hubBlock
    cg_switch(core.thread, block.context, core.pointee.hubBlock.context)
}

/// Switches to a greenlet that is ready to run.
@inline(__always)
func resume(_ core: Core, _ from: Block, _ next: Block) {
    next.pointee.state = .running
    core.pointee.current = next
    core.pointee.switches &+= 1
    cg_switch(core.thread, from.context, next.context)
}

/// Runs an entry. False if it must run on the hub, and this is not the hub: it is first in the queue again.
@inline(never)
func runEntry(_ core: Core, _ element: UInt, onHub: Bool) -> Bool {
    if element & 3 == 3 {
        guard let reference = HubCore.markedGreenlet(element) else { return true }
        reference._withUnsafeGuaranteedRef { $0.wakeJoiner() }
        reference.release()
        return true
    }
    guard let entry = HubCore.takeEntry(element) else { return true }
    if entry.run(core, onHub: onHub) { return true }
    core.pointee.pushFront(entry)
    return false
}

/// Gives a greenlet that never ran a block and a stack. nil if it was killed meanwhile, or there is no stack left.
@inline(never)
func begin(_ core: Core, _ element: UInt) -> Block? {
    guard let reference = HubCore.markedGreenlet(element) else { return nil }
    return reference._withUnsafeGuaranteedRef { greenlet in
        if !greenlet.isReady, let block = takeBlock(core, greenlet.stackClass) {
            block.pointee.state = .runnable
            greenlet.adopt(block)
            return block
        }
        if !greenlet.isReady {
            greenlet.failToStart(core.pointee.hub._withUnsafeGuaranteedRef { $0.stackShortage(greenlet.stackClass) })
        }
        reference.release()
        return nil
    }
}

/// A block with a stack, ready to begin a greenlet. nil if there is no stack left.
@inline(__always)
private func takeBlock(_ core: Core, _ stackClass: Int16) -> Block? {
    if stackClass == 0, let spare = core.pointee.spare, let low = spare.pointee.context.stack_low {
        core.pointee.spare = nil
        // Safe: its stack is its own still, and nobody stands on it.
        let stack = UnsafeMutableRawPointer(mutating: low)
        cg_prepare(spare.context, stack, spare.pointee.context.stack_size, greenletEntry, nil)
        return spare
    }
    return takeOtherBlock(core, stackClass)
}

@inline(never)
private func takeOtherBlock(_ core: Core, _ stackClass: Int16) -> Block? {
    core.pointee.hub._withUnsafeGuaranteedRef { hub in
        guard let stack = hub.takeStack(stackClass) else { return nil }
        let block = core.allocate()
        block.pointee.stackClass = stackClass
        block.pointee.context.canary = hub.canary(stack, stackClass)
        hub.lendAnnotations(stack, block)
        cg_prepare(block.context, stack, hub.stackSize(stackClass), greenletEntry, nil)
        return block
    }
}

/// The root of every greenlet's stack. A greenlet that ends lets the next one that never ran have its block and its
/// stack at once: no switch, and both still in the cache.
private func greenletEntry(_: UnsafeMutableRawPointer?) {
    let core = HubCore.current
    cg_entered(core.thread)
    let block = core.pointee.current
    repeat {
        runGreenlet(core, block)
    } while continueOnThisStack(core, block)
}

/// Not inlined: whatever it retains is released when it returns, before the stack is left for good.
@inline(never)
private func runGreenlet(_ core: Core, _ block: Block) {
    // Safe: retained from its first turn to its end, which is below.
    guard let reference = block.pointee.greenlet else { return }
    reference._withUnsafeGuaranteedRef { greenlet in
        greenlet.runToEnd()
        block.pointee.greenlet = nil
        // While its name is known.
        cg_canary_check(core.thread, block.context)
        // It goes with the greenlet, and signal handlers read it.
        block.pointee.context.name = nil
        // Nothing may park from here on: what is released may run deinits.
        core.pointee.current = core.pointee.hubBlock
        greenlet.didEnd()
    }
    reference.release()
}

/// After a greenlet's end: true when another one is to run on the same stack; else does not return.
// Inlined: a call that never returns would leave its entry in the return predictor, for the next one's to be taken.
@inline(__always)
private func continueOnThisStack(_ core: Core, _ block: Block) -> Bool {
    while core.pointee.queue.count > 0, core.pointee.mayContinue() {
        let element = core.pointee.queue.popFront()
        if element & 3 == 0, let next = Block(bitPattern: element) {
            leave(core, block)
            resume(core, block, next)
            fatalError("a greenlet that has ended was continued")
        }
        if element & 3 == 2 {
            guard let reference = HubCore.markedGreenlet(element) else { continue }
            let isAdopted: Bool? = reference._withUnsafeGuaranteedRef { greenlet in
                if greenlet.isReady { return false }
                guard greenlet.stackClass == block.pointee.stackClass else { return nil }
                greenlet.adopt(block)
                return true
            }
            guard let isAdopted else {
                // It needs another stack than this one.
                core.pointee.queue.pushFront(element)
                break
            }
            guard isAdopted else {
                reference.release()
                continue
            }
            cg_reset_words(core.thread)
            block.pointee.state = .running
            core.pointee.current = block
            return true
        }
        if !runEntry(core, element, onHub: false) { break }
    }
    leave(core, block)
    cg_switch(core.thread, block.context, core.pointee.hubBlock.context)
    fatalError("a greenlet that has ended was continued")
}

/// Gives back the stack one stands on, and the block. Safe: nothing takes either before the switch that follows, and
/// what that switch stores in the block is overwritten when the block is used again.
private func leave(_ core: Core, _ block: Block) {
    if core.pointee.spare == nil, block.pointee.stackClass == 0 {
        block.pointee.state = .free
        core.pointee.spare = block
        return
    }
    core.pointee.hub._withUnsafeGuaranteedRef { hub in
        // Safe: its own, as `takeBlock` gave it.
        guard let stack = UnsafeMutableRawPointer(mutating: block.pointee.context.stack_low) else { return }
        hub.takeAnnotations(stack, block)
        hub.putStack(stack, block.pointee.stackClass)
    }
    core.free(block)
}
