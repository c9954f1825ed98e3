/// A generated type that conforms to `Codable`. The generator emits the conformance for `conformances: [Codable]`.
///
/// A value is encoded as its JSON is, and decoded with the same validation as in a message.
public protocol JSONCodable: Codable, JSONDecodable, JSONEncodable {}

extension JSONCodable {
    /// Writes the value in the form of its JSON.
    ///
    /// - Throws: the encoder's error.
    public func encode(to encoder: any Encoder) throws {
        try JSONValue { encode(to: &$0) }.encode(to: encoder)
    }

    /// Reads and validates a value.
    ///
    /// - Throws: `DecodingError` with all problems, if the value does not fit the schema.
    public init(from decoder: any Decoder) throws {
        let json = try JSONValue(from: decoder)
        func corrupted(_ description: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: description))
        }
        var reader = JSONReader(json)
        var problems = ValidationProblems()
        do {
            if let value = try Self.decode(from: &reader, problems: &problems) {
                self = value
                return
            }
        } catch {
            throw corrupted("\(error)")
        }
        throw corrupted("\(problems)")
    }
}
