import CLibEV

extension EventLoop {
    /// Tells the kernel which descriptors are watched. Returns whether there is something to do at once: a descriptor that
    /// is closed, whose watches were told that they are ready, or one that is always ready.
    func updateDescriptors() -> Bool {
        if descriptors.isStale, let raw {
            descriptors.renew()
            watchDescriptors(raw)
        }
        let closed = descriptors.update()
        for watch in closed where watch.isArmed {
            watch.disarm()
            watch.ready(isLevel: true, isEnd: true)
        }
        let always = descriptors.watchesAlwaysReady()
        for watch in always where watch.isArmed { watch.ready(isLevel: true, isEnd: false) }
        return !closed.isEmpty || !always.isEmpty
    }

    /// Calls back the watches of what the kernel reports, in its order.
    func dispatchDescriptors() {
        areDescriptorsReady = false
        descriptors.take()
        for place in 0..<descriptors.lastCount {
            let (head, events) = descriptors.report(place)
            // Safe: armed as of now, so it was not freed; retained here, for its owner may drop it when it is called back.
            guard let watch = head?.takeUnretainedValue() else { continue }
            if watch.next == nil {
                watch.report(events)
            } else {
                for watch in descriptors.watches(on: watch.descriptor) where watch.isArmed { watch.report(events) }
            }
        }
    }

    /// Where many descriptors were ready in the last turn, some are in this one: they are asked for directly. Returns whether
    /// there were any; then libev, which takes as long as serving a tenth of a request, is left out, some times in a row at
    /// most. It is asked for signals and wake-ups.
    func dispatchBusyDescriptors() -> Bool {
        guard descriptors.lastCount >= 4, busyTurns < 8 else {
            busyTurns = 0
            return false
        }
        busyTurns += 1
        dispatchDescriptors()
        return descriptors.lastCount > 0
    }

    /// Before timers fire: data that came together with its deadline wins, also where so much is ready that it takes
    /// several rounds. What is ready all the time comes round again, hence the bound.
    func dispatchRemainingDescriptors() {
        for _ in 0..<descriptors.mostRounds where descriptors.isMoreReady { dispatchDescriptors() }
    }

    /// Tells the armed watches on a descriptor that nobody is to wait for it any longer.
    package func cancelWaits(on descriptor: Int32) {
        for watch in descriptors.watches(on: descriptor) { watch.onCancel() }
    }
}

extension IOWatch {
    fileprivate func report(_ events: UInt32) {
        let failed = UInt32(CEV_FAILED)
        let mine = interest == UInt32(CEV_READABLE) ? interest | UInt32(CEV_ENDED) | failed : interest | failed
        guard events & mine != 0 else { return }
        ready(isLevel: events & cev_edge == 0, isEnd: events & (UInt32(CEV_ENDED) | failed) != 0)
    }
}
