import CLibYAML
public import Diagnostics

/// The reason why a text is not a YAML document, and the position of the fault.
public struct YAMLError: Error, Hashable, Sendable {
    /// The reason, without a period at the end.
    public var message: String
    /// The position of the fault.
    public var position: SourcePosition
}

extension YAMLNode {
    /// Parses one YAML document. A JSON document is a YAML document.
    ///
    /// Like most programs that read OpenAPI documents, it supports the merge key of YAML 1.1, `<<`: it adds the members
    /// of the mappings that the key names, except for keys that the mapping itself has.
    ///
    /// - Parameter file: the document's name, for positions.
    /// - Throws: ``YAMLError`` for everything that libyaml refuses. Also for several documents, repeated keys, tags
    ///   outside the core schema, aliases that contain themselves or add more than a million nodes, more than 64 MiB of
    ///   text, and more than 200 levels.
    public init(parsing text: [UInt8], file: String = "") throws(YAMLError) {
        self = try YAMLParser.parse(text, file: file)
    }
}

/// Builds nodes from libyaml's events.
private struct YAMLParser {
    static let maximumBytes = 64 << 20
    /// The limit on the number of nodes that aliases add.
    static let maximumExpansion = 1_000_000
    static let maximumDepth = 200

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let file: String
    /// The nodes of anchors, with their numbers of nodes and of levels. The value is `nil` while the parser reads the
    /// anchored node.
    private var anchors: [String: Anchored?] = [:]
    private var nodeCount = 0
    private var expansion = 0
    private var depth = 0
    /// The deepest level in the current node so far. An alias of the node later adds that many levels.
    private var deepest = 0

    private struct Anchored {
        var node: YAMLNode
        var count: Int
        var levels: Int
    }

    static func parse(_ text: [UInt8], file: String) throws(YAMLError) -> YAMLNode {
        let start = SourcePosition(line: 1, column: 1, file: file)
        guard text.count <= maximumBytes else {
            throw YAMLError(message: "the document has more than \(maximumBytes >> 20) MiB", position: start)
        }
        let text = JSONCharacters.replaced(in: text) ?? text
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLError(message: "out of memory", position: start)
        }
        defer { yaml_parser_delete(parser) }
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
        defer { input.deallocate() }
        _ = input.initialize(from: text)
        yaml_parser_set_input_string(parser, UnsafePointer(input.baseAddress), text.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        var builder = YAMLParser(parser: parser, file: file)
        return try builder.document()
    }

    private init(parser: UnsafeMutablePointer<yaml_parser_t>, file: String) {
        self.parser = parser
        self.file = file
    }

    /// One of libyaml's events. It owns copies of everything that the parser needs, because libyaml frees its own.
    private struct Event {
        enum Kind {
            case streamStart, streamEnd, documentStart, documentEnd
            case alias(String)
            case scalar(text: String, tag: String?, isPlain: Bool)
            case sequenceStart(tag: String?)
            case sequenceEnd
            case mappingStart(tag: String?)
            case mappingEnd
        }

        var kind: Kind
        var anchor: String?
        var position: SourcePosition

        /// Whether this is `<<` without quotes. The parser asks this about keys.
        var isMergeKey: Bool {
            if case .scalar("<<", nil, true) = kind { true } else { false }
        }
    }

    private func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let position = position(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, position: position)
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, position: position)
        case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, position: position)
        case YAML_ALIAS_EVENT: return Event(kind: .alias(text(event.data.alias.anchor) ?? ""), position: position)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return Event(
                kind: .scalar(
                    text: String(decoding: bytes, as: UTF8.self), tag: text(scalar.tag),
                    isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                anchor: text(scalar.anchor), position: position)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return Event(kind: .sequenceStart(tag: text(start.tag)), anchor: text(start.anchor), position: position)
        case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, position: position)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return Event(kind: .mappingStart(tag: text(start.tag)), anchor: text(start.anchor), position: position)
        case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, position: position)
        default: return Event(kind: .streamEnd, position: position)
        }
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(line: mark.line + 1, column: mark.column + 1, file: file)
    }

    private func failure() -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
        // The reader runs before the scanner, so this error has a byte offset, but no line.
        if parser.pointee.error == YAML_READER_ERROR {
            return YAMLError(
                message: "\(problem) at byte \(parser.pointee.problem_offset)",
                position: position(parser.pointee.mark))
        }
        let context = parser.pointee.context.map { String(cString: $0) + ", " } ?? ""
        return YAMLError(message: context + problem, position: position(parser.pointee.problem_mark))
    }

    // MARK: Nodes

    private mutating func document() throws(YAMLError) -> YAMLNode {
        _ = try next()
        let start = try next()
        guard case .documentStart = start.kind else {
            throw YAMLError(message: "the document is empty", position: start.position)
        }
        let root = try node(try next())
        _ = try next()
        let end = try next()
        guard case .streamEnd = end.kind else {
            throw YAMLError(message: "a second document begins here; only one is read", position: end.position)
        }
        return root
    }

    private mutating func node(_ event: Event) throws(YAMLError) -> YAMLNode {
        let before = nodeCount
        nodeCount += 1
        if case .alias(let name) = event.kind { return try alias(name, at: event.position) }
        let deepestAround = deepest
        deepest = depth
        if let anchor = event.anchor { anchors[anchor] = .some(nil) }
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let text, let tag, let isPlain):
            content = .scalar(try scalar(text, tag, isPlain, at: event.position))
        case .sequenceStart(let tag):
            try check(tag, is: "tag:yaml.org,2002:seq", at: event.position)
            content = .sequence(try elements(at: event.position))
        case .mappingStart(let tag):
            try check(tag, is: "tag:yaml.org,2002:map", at: event.position)
            content = .mapping(try members(at: event.position))
        default: throw YAMLError(message: "expecting a value", position: event.position)
        }
        let node = YAMLNode(content: content, position: event.position)
        if let anchor = event.anchor {
            anchors[anchor] = Anchored(node: node, count: nodeCount - before, levels: deepest - depth)
        }
        deepest = max(deepest, deepestAround)
        return node
    }

    private mutating func alias(_ name: String, at position: SourcePosition) throws(YAMLError) -> YAMLNode {
        guard let anchored = anchors[name] else {
            throw YAMLError(message: "the anchor '\(name)' is not defined", position: position)
        }
        guard let anchored else {
            throw YAMLError(message: "the alias '\(name)' stands inside what it is an alias of", position: position)
        }
        nodeCount += anchored.count
        expansion += anchored.count
        guard expansion <= Self.maximumExpansion else {
            throw YAMLError(
                message: "the aliases add more than \(Self.maximumExpansion) nodes to the document", position: position)
        }
        try reach(depth + anchored.levels, at: position)
        return anchored.node
    }

    private func scalar(
        _ text: String, _ tag: String?, _ isPlain: Bool, at position: SourcePosition
    ) throws(YAMLError) -> YAMLScalar {
        guard let tag else { return isPlain ? YAMLScalar(plain: text) : .string(text) }
        guard let scalar = YAMLScalar(text, tag: tag) else {
            throw YAMLError(message: "the tag '\(tag)' is not supported, or does not fit '\(text)'", position: position)
        }
        return scalar
    }

    private func check(_ tag: String?, is expected: String, at position: SourcePosition) throws(YAMLError) {
        guard tag == nil || tag == expected || tag == "!" else {
            throw YAMLError(message: "the tag '\(tag ?? "")' is not supported", position: position)
        }
    }

    private mutating func reach(_ level: Int, at position: SourcePosition) throws(YAMLError) {
        guard level <= Self.maximumDepth else {
            throw YAMLError(message: "more than \(Self.maximumDepth) levels", position: position)
        }
        deepest = max(deepest, level)
    }

    private mutating func enter(at position: SourcePosition) throws(YAMLError) {
        depth += 1
        try reach(depth, at: position)
    }

    private mutating func elements(at position: SourcePosition) throws(YAMLError) -> [YAMLNode] {
        try enter(at: position)
        var elements: [YAMLNode] = []
        while true {
            let event = try next()
            if case .sequenceEnd = event.kind { break }
            elements.append(try node(event))
        }
        depth -= 1
        return elements
    }

    private mutating func members(at position: SourcePosition) throws(YAMLError) -> [(key: YAMLNode, value: YAMLNode)] {
        try enter(at: position)
        var members: [(key: YAMLNode, value: YAMLNode)] = []
        var seen: [YAMLScalar: SourcePosition] = [:]
        var merged: [YAMLNode] = []
        while true {
            let event = try next()
            if case .mappingEnd = event.kind { break }
            let key = try node(event)
            guard case .scalar(let scalar) = key.content else {
                throw YAMLError(message: "\(key.kind) as a key is not supported", position: key.position)
            }
            if let first = seen.updateValue(key.position, forKey: scalar) {
                throw YAMLError(message: "the key stands at line \(first.line) already", position: key.position)
            }
            let value = try node(try next())
            if event.isMergeKey {
                merged += try mappings(value)
            } else {
                members.append((key, value))
            }
        }
        depth -= 1
        for member in merged.flatMap({ $0.mapping ?? [] }) {
            guard case .scalar(let scalar) = member.key.content, seen[scalar] == nil else { continue }
            seen[scalar] = member.key.position
            members.append(member)
        }
        return members
    }

    /// The mappings of a merge key's value: one mapping, or several. If several have the same key, the first one
    /// counts.
    private func mappings(_ node: YAMLNode) throws(YAMLError) -> [YAMLNode] {
        let mappings = node.sequence ?? [node]
        for mapping in mappings where mapping.mapping == nil {
            throw YAMLError(
                message: "'<<' takes a mapping or a list of mappings, not \(mapping.kind)", position: mapping.position)
        }
        return mappings
    }
}
