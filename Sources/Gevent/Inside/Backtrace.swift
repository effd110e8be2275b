internal import CCoroutine

extension Hub {
    /// Where a greenlet stood: its calls, the innermost first.
    ///
    /// Taking one costs a few nanoseconds a frame; names are looked up when they are asked for.
    public struct Backtrace: Sendable, CustomStringConvertible {
        /// One call.
        public struct Frame: Sendable {
            /// Where in the program: within the call instruction, but for the innermost frame.
            public let address: UInt
            /// The function, in readable form; nil where nothing is known of it.
            public let function: String?
            /// The file of the program or library that it is in.
            public let image: String?
        }

        /// Where each call is, the innermost first.
        public let addresses: [UInt]

        /// The calls with their names. The symbol tables of the program and its libraries are read for that, so the first
        /// time costs milliseconds. In a stripped program only exported functions have names.
        public var frames: [Frame] { Symbols.frames(addresses) }

        /// A line for each call that tells something: without the runtime's own at both ends.
        public var description: String { lines.joined(separator: "\n") }

        init(_ addresses: [UInt] = []) { self.addresses = addresses }

        /// The stack of a greenlet that does not run, or of the one that asks.
        ///
        /// Safe: the walk stays between the stack pointer and the stack's end, which is mapped memory of this thread, or
        /// where its bytes are while the stack is parked.
        init(_ core: Core, _ block: Block) {
            let isRunning = core.pointee.current == block
            let place = cg_parking_look(core.thread.pointee.parking, block.context)
            let pointer = isRunning ? cg_here() : place.sp
            let end = Self.stackEnd(core, pointer)
            addresses = [UInt](unsafeUninitializedCapacity: Self.limit) { buffer, count in
                count =
                    isRunning
                    ? cg_walk_here(end, buffer.baseAddress, buffer.count)
                    : cg_walk(
                        place.pc, place.fp, pointer, end, place.moved, buffer.baseAddress, buffer.count)
            }
        }

        /// Where the stack ends that this address is on; 0 if that is none of this thread's.
        private static func stackEnd(_ core: Core, _ pointer: UInt) -> UInt {
            // A main greenlet in virtual time may stand on a stack of the hub around it.
            var next: Core? = core
            while let core = next {
                let end = cg_region_stack_end(core.thread, pointer)
                if end != 0 { return end }
                next = core.pointee.hub.takeUnretainedValue().outer
            }
            var low: UInt = 0
            var high: UInt = 0
            return cg_own_stack(&low, &high) && pointer >= low && pointer < high ? high : 0
        }

        private static let limit = 128

        /// What `description` shows of the frames.
        var lines: [String] {
            let all = frames.filter { !$0.isThunk }
            // The root: what starts greenlets and calls their closures. A main greenlet has none.
            var shown = all[..<(all.firstIndex { $0.isRoot } ?? all.count)]
            while let last = shown.last, last.isRuntime || last.function == nil { shown.removeLast() }
            if shown.isEmpty { shown = all[...] }
            // The innermost: what takes this backtrace, and of the library's own calls all but the one that was called.
            if let first = shown.lastIndex(where: { $0.isSnapshot }) { shown = shown[first...] }
            let library = shown.prefix { $0.isRuntime || $0.isStandard }
            if library.count < shown.count, let called = library.lastIndex(where: { $0.isRuntime }) {
                shown = shown[called...]
            }
            return shown.map { "\($0)" }
        }
    }
}

extension Hub.Backtrace.Frame: CustomStringConvertible {
    /// The function, without the noise of its full name; or the address and where that is.
    public var description: String {
        if let function { return ShortName.of(function) }
        let place = image.map { " in " + String($0.split(separator: "/").last ?? "") } ?? ""
        return "0x" + String(address, radix: 16) + place
    }

    /// A function that the compiler made between two others.
    fileprivate var isThunk: Bool { begins(with: ["reabstraction thunk", "partial apply forwarder", "@objc "]) }

    /// Where greenlets are started.
    fileprivate var isRoot: Bool {
        contains(["Gevent.AnyGreenlet.run", "Gevent.(runGreenlet in", "Gevent.(greenletEntry in"])
            || contains(["Gevent.InheritingJob"]) || function == "cg_start"
    }

    /// Where a greenlet looks at itself.
    fileprivate var isSnapshot: Bool { contains(["Gevent.Hub.greenlets.getter", "Gevent.Hub.dump("]) }

    /// A function of Swift's standard library.
    fileprivate var isStandard: Bool {
        begins(with: ["Swift.", "(extension in Swift)", "merged Swift.", "generic specialization"])
    }

    /// A function of this library's.
    fileprivate var isRuntime: Bool {
        begins(with: ["Gevent.", "static Gevent.", "(extension in Gevent)", "cg_"])
            || contains([" in Gevent.", " of Gevent."])
    }

    private func begins(with parts: [String]) -> Bool {
        guard let function else { return false }
        return parts.contains { function.hasPrefix($0) }
    }

    private func contains(_ parts: [String]) -> Bool {
        guard let function else { return false }
        return parts.contains { function.contains($0) }
    }
}
