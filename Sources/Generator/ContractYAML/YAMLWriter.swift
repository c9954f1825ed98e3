import CLibYAML
public import ContractJSON

/// Writes JSON values as YAML, so that parsers of YAML 1.1 and of YAML 1.2 read the same values.
public enum YAMLWriter {
    /// A YAML document in the block style, with a line feed at its end.
    public static func document(_ value: JSONValue) -> [UInt8] {
        let emitter = UnsafeMutablePointer<yaml_emitter_t>.allocate(capacity: 1)
        defer { emitter.deallocate() }
        guard yaml_emitter_initialize(emitter) == 1 else { preconditionFailure("libyaml is out of memory") }
        defer { yaml_emitter_delete(emitter) }
        let output = Output()
        yaml_emitter_set_output(
            emitter,
            { context, bytes, count in
                guard let context, let bytes else { return 0 }
                Unmanaged<Output>.fromOpaque(context).takeUnretainedValue().bytes += UnsafeBufferPointer(
                    start: bytes, count: count)
                return 1
            }, Unmanaged.passUnretained(output).toOpaque())
        yaml_emitter_set_unicode(emitter, 1)
        yaml_emitter_set_width(emitter, -1)
        withExtendedLifetime(output) {
            emit(emitter) { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
            emit(emitter) { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
            write(value, emitter)
            emit(emitter) { yaml_document_end_event_initialize($0, 1) }
            emit(emitter) { yaml_stream_end_event_initialize($0) }
        }
        // libyaml marks the end of a document that is a plain scalar.
        let mark = Array("...\n".utf8)
        if output.bytes.suffix(mark.count) == mark[...] { output.bytes.removeLast(mark.count) }
        return output.bytes
    }

    /// The same document as a string, without the line feed at its end.
    public static func text(_ value: JSONValue) -> String {
        String(decoding: document(value).dropLast(), as: UTF8.self)
    }

    private final class Output {
        var bytes: [UInt8] = []
    }

    private static func emit(
        _ emitter: UnsafeMutablePointer<yaml_emitter_t>, _ initialize: (UnsafeMutablePointer<yaml_event_t>) -> Int32
    ) {
        var event = yaml_event_t()
        // libyaml refuses only texts that are not UTF-8, and events in an impossible order.
        guard initialize(&event) == 1, yaml_emitter_emit(emitter, &event) == 1 else {
            preconditionFailure("libyaml cannot write an event")
        }
    }

    private static func write(_ value: JSONValue, _ emitter: UnsafeMutablePointer<yaml_emitter_t>) {
        switch value.content {
        case .object(let members):
            let style = members.isEmpty ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE
            emit(emitter) { yaml_mapping_start_event_initialize($0, nil, nil, 1, style) }
            for (key, value) in members {
                write(string: key, emitter)
                write(value, emitter)
            }
            emit(emitter) { yaml_mapping_end_event_initialize($0) }
        case .array(let elements):
            let style = elements.isEmpty ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE
            emit(emitter) { yaml_sequence_start_event_initialize($0, nil, nil, 1, style) }
            for element in elements { write(element, emitter) }
            emit(emitter) { yaml_sequence_end_event_initialize($0) }
        case .string(let text): write(string: text, emitter)
        case .number(let number): write(self.number(number.text), YAML_PLAIN_SCALAR_STYLE, emitter)
        case .bool(let bool): write(bool ? "true" : "false", YAML_PLAIN_SCALAR_STYLE, emitter)
        case .null: write("null", YAML_PLAIN_SCALAR_STYLE, emitter)
        }
    }

    private static func write(string text: String, _ emitter: UnsafeMutablePointer<yaml_emitter_t>) {
        if isPlain(text) { return write(text, YAML_PLAIN_SCALAR_STYLE, emitter) }
        // Between double quotation marks, these would be escaped.
        let isReadable =
            text.utf8.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
            && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && text.first != " " && text.last != " "
        write(text, isReadable ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE, emitter)
    }

    private static func write(
        _ text: String, _ style: yaml_scalar_style_t, _ emitter: UnsafeMutablePointer<yaml_emitter_t>
    ) {
        var bytes = Array(text.utf8)
        let count = Int32(clamping: bytes.count)
        bytes.append(0)
        emit(emitter) { event in
            bytes.withUnsafeBufferPointer {
                yaml_scalar_event_initialize(event, nil, nil, $0.baseAddress, count, 1, 1, style)
            }
        }
    }

    /// YAML 1.1 reads `1e3` as a string: a float needs a point, and a sign in its exponent.
    private static func number(_ text: String) -> String {
        guard let place = text.firstIndex(where: { $0 == "e" || $0 == "E" }) else { return text }
        let (mantissa, exponent) = (text[..<place], text[text.index(after: place)...])
        let sign = exponent.hasPrefix("-") || exponent.hasPrefix("+") ? "" : "+"
        return "\(mantissa)\(mantissa.contains(".") ? "" : ".0")e\(sign)\(exponent)"
    }

    /// Words that some parser reads as something else than a string.
    private static let reserved: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

    /// Whether no parser can take a string without quotation marks for something else.
    private static func isPlain(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.\/-]*(?: [A-Za-z0-9_.\/-]+)*/) != nil
            && !reserved.contains(text.lowercased())
    }
}
