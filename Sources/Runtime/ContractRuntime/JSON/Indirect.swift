/// Stores a property of a type that contains itself in separate memory, so that the type has a finite size.
@propertyWrapper
public struct Indirect<Value: Sendable & Hashable>: Sendable, Hashable {
    private indirect enum Storage: Sendable, Hashable {
        case value(Value)
    }

    private var storage: Storage

    /// Stores a value in separate memory.
    public init(wrappedValue: Value) { storage = .value(wrappedValue) }

    /// The stored value.
    public var wrappedValue: Value {
        get {
            switch storage {
            case .value(let value): value
            }
        }
        set { storage = .value(newValue) }
    }
}
