/// A property of a type that contains itself, kept elsewhere so that the type's size is finite.
@propertyWrapper
public struct Indirect<Value: Sendable & Hashable>: Sendable, Hashable {
    private indirect enum Storage: Sendable, Hashable {
        case value(Value)
    }

    private var storage: Storage

    public init(wrappedValue: Value) { storage = .value(wrappedValue) }

    public var wrappedValue: Value {
        get {
            switch storage {
            case .value(let value): value
            }
        }
        set { storage = .value(newValue) }
    }
}
