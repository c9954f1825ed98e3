import ContractJSON
import Synchronization

/// The results of decoding values as alternatives of unions, within the outermost union.
///
/// If a union contains itself, the number of ways to decode a value doubles with each level, so a small message could
/// take very long. With this table, each value is decoded at most once as each alternative.
final class MemoTable: Sendable {
    struct Key: Hashable {
        let union: ObjectIdentifier
        let number: Int
        let offset: Int
    }

    struct Failure: Sendable {}

    struct Success<Value: Sendable>: Sendable {
        let value: Value
        /// The reader after the value.
        let reader: JSONReader
    }

    private let outcomes = Mutex<[Key: any Sendable]>([:])

    /// The result: a ``Failure`` or a ``Success``.
    subscript(key: Key) -> (any Sendable)? {
        get { outcomes.withLock { $0[key] } }
        set { outcomes.withLock { $0[key] = newValue } }
    }
}
