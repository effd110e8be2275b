/// One value for all greenlets that stem from the same child of the main greenlet. gevent's `spawn_tree_locals`.
///
/// Made on first use in such a tree, by whichever greenlet asks first; the others see the same one, whether they were
/// spawned before or after. Freed when the tree's last greenlet has ended, or with this. Good for what belongs to one request: whatever
/// its handler spawns finds it. The main greenlet has a value of its own, which nobody inherits.
///
/// ```swift
/// let request = SpawnTreeLocal { RequestContext() }
/// ```
public final class SpawnTreeLocal<Value>: Sendable {
    private let key = LocalKey()
    private let make: @Sendable () -> Value

    /// `make` is called once in each tree in which a greenlet asks for the value.
    public init(_ make: @escaping @Sendable () -> Value) { self.make = make }

    /// The value of the calling greenlet's tree.
    public var value: Value {
        get {
            let tree = AnyGreenlet.current.makeSpawnTree()
            if let value = tree.values[key] as? Value { return value }
            let value = make()
            tree.values.set(value, for: key)
            return value
        }
        set { AnyGreenlet.current.makeSpawnTree().values.set(newValue, for: key) }
    }
}

/// What the greenlets of one tree share.
final class SpawnTree {
    let values: LocalValues

    init(_ core: Core) { values = LocalValues(core) }
}

extension AnyGreenlet {
    /// What its spawn tree shares.
    final func makeSpawnTree() -> SpawnTree {
        if let spawnTree { return spawnTree }
        let made = SpawnTree(core)
        spawnTree = made
        return made
    }
}
