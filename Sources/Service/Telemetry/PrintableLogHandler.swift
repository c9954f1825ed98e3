public import Logging

/// Passes records on to a log that people read on a terminal, without control characters. A name or a header field from a client can thus
/// not control the terminal, imitate the beginning of another record, or reverse the order of the text.
public struct PrintableLogHandler: LogHandler {
    private var base: any LogHandler

    /// - Parameter base: a handler that writes text unchanged.
    public init(_ base: any LogHandler) { self.base = base }

    /// The metadata of the other handler. New values lose their control characters.
    public var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue.mapValues(Self.printable) }
    }

    /// The metadata provider of the other handler.
    public var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    /// The lowest level that the other handler writes.
    public var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    /// One value of the other handler's metadata. A new value loses its control characters.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue.map(Self.printable) }
    }

    /// Passes a record on without control characters. An error of the record becomes its metadata `error`.
    public func log(event: LogEvent) {
        var event = event
        event.message = "\("\(event.message)".printable())"
        if let error = event.error {
            event.error = nil
            event.metadata = (event.metadata ?? [:]).merging(["error": "\(error)"]) { first, _ in first }
        }
        event.metadata = event.metadata?.mapValues(Self.printable)
        base.log(event: event)
    }

    private static func printable(_ value: Logger.Metadata.Value) -> Logger.Metadata.Value {
        switch value {
        case .string(let text): .string(text.printable())
        case .stringConvertible(let value): .string(value.description.printable())
        case .array(let elements): .array(elements.map(printable))
        case .dictionary(let members):
            .dictionary(
                Dictionary(members.map { ($0.key.printable(), printable($0.value)) }) { first, _ in first })
        }
    }
}
