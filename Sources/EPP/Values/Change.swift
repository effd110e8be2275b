/// What an update does to a value that an object may lack: a new value, or none.
public enum Change<Value> {
    /// The object is to have this value.
    case set(Value)
    /// The object is to have none.
    case remove

    /// The new value, nil where it is removed.
    public var value: Value? {
        switch self {
        case .set(let value): value
        case .remove: nil
        }
    }
}

extension Change: Sendable where Value: Sendable {}

extension Change: Equatable where Value: Equatable {}

extension Change: Hashable where Value: Hashable {}
