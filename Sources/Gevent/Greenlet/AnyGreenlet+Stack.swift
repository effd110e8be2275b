extension AnyGreenlet {
    /// The bytes of its stack; by default `Hub.Configuration.stackSize`. Set it before its first turn: more for what
    /// recurses deeply, less for one of very many.
    ///
    /// What is set is rounded up, to the hub's usual size or a power of two. Stops the program where it is less than
    /// `Hub.Configuration.minimumStackSize`, and for a greenlet that has its stack already. Where the system has no memory
    /// for it the greenlet ends with `TooManyGreenlets` when its turn comes.
    public final var stackSize: Int {
        get {
            core.checkThread()
            return core.pointee.hub._withUnsafeGuaranteedRef { $0.stackSize(stackClass) }
        }
        set {
            core.checkThread()
            require(
                newValue >= Hub.Configuration.minimumStackSize,
                "a greenlet's stack needs at least \(Hub.Configuration.minimumStackSize) bytes, not \(newValue)")
            require(block == nil, "a greenlet that has begun keeps its stack")
            stackClass = core.pointee.hub._withUnsafeGuaranteedRef { $0.stackClass(newValue) }
        }
    }
}
