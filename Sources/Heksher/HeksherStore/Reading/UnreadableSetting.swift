/// A setting with an unreadable row. Another program wrote the row, or it takes too much memory once it is read.
///
/// Everything else works as if the setting did not exist. An operation that needs the row throws this error.
public struct UnreadableSetting: Error, Hashable, Sendable, CustomStringConvertible {
    /// The setting's current name.
    public let name: String
    /// The unreadable row and the reason, without any value: `its default value is not JSON: …`.
    public let reason: String
    /// Distinguishes contents that are unreadable for the same reason.
    let fingerprint: Int

    init(name: String, _ value: UnreadableValue) {
        self.name = name
        reason = value.reason
        fingerprint = value.fingerprint
    }

    /// A sentence for the client that requests the setting.
    public var description: String { "the setting \(name) cannot be read: \(reason)" }
}

/// An unreadable column of a row.
package struct UnreadableValue: Error, Hashable {
    var reason: String
    /// See ``UnreadableSetting/fingerprint``.
    var fingerprint = 0
}
