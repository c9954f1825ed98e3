import ContractJSON
import ContractYAML

/// Changes a YAML text so that it has another value, and keeps the comments and the order of everything that is still there.
///
/// It works on whole lines: lines whose values are the same stay as they are. Comments above a key belong to it. A part that is not
/// written in the block style is written again if it differs.
struct YAMLUpdate {
    private let lines: [Substring]

    /// The text with another value.
    ///
    /// - Parameter node: the parsed text.
    static func text(_ text: String, _ node: YAMLNode, to value: JSONValue) -> String {
        let update = YAMLUpdate(lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        guard case .object(let members) = value.content, let entries = node.mapping,
            let updated = update.mapping(node, entries, 0..<update.lines.count, to: members)
        else { return YAMLWriter.text(value) + "\n" }
        let joined = updated.joined(separator: "\n")
        return joined.hasSuffix("\n") || joined.isEmpty ? joined : joined + "\n"
    }

    /// The lines of a mapping with other members; `nil` if it is not in the block style.
    ///
    /// - Parameter range: the lines of the mapping, counted from 0.
    private func mapping(
        _ node: YAMLNode, _ entries: [(key: YAMLNode, value: YAMLNode)], _ range: Range<Int>,
        to members: [(key: String, value: JSONValue)]
    ) -> [String]? {
        guard let first = entries.first, isBlock(node) else { return nil }
        let column = first.key.position.column
        let starts = entries.map { $0.key.position.line - 1 }
        guard entries.allSatisfy({ $0.key.position.column == column }), Set(starts).count == starts.count,
            starts == starts.sorted(), starts.allSatisfy(range.contains)
        else { return nil }
        // An entry begins with the comments above it.
        let begins = starts.map { start in
            var begin = start
            while begin > range.lowerBound, isComment(lines[begin - 1]) { begin -= 1 }
            return begin
        }
        let end = entriesEnd(range, column)
        let values = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
        let indent = String(repeating: " ", count: column - 1)
        let prefix = String(lines[starts[0]].prefix(column - 1))
        // Of an element of a sequence, the first entry stands behind the dash.
        let isElement = prefix.contains("-")
        var updated = lines[range.lowerBound..<begins[0]].map(String.init)
        var known: Set<String> = []
        for (index, entry) in entries.enumerated() {
            let bounds = begins[index]..<(index + 1 < begins.count ? begins[index + 1] : end)
            guard let name = entry.key.name, let value = values[name] else {
                if index == 0, isElement { return nil }
                continue
            }
            known.insert(name)
            updated += self.entry(entry, name, bounds, starts[index], index == 0 ? prefix : indent, indent, to: value)
        }
        for member in members where !known.contains(member.key) {
            updated += written(member.key, member.value).map { indent + $0 }
        }
        return updated + lines[end..<range.upperBound].map(String.init)
    }

    /// The end of the last entry. Blank lines that follow it are not part of it, nor are comments after them or with less indentation.
    private func entriesEnd(_ range: Range<Int>, _ column: Int) -> Int {
        var end = range.upperBound
        while end > range.lowerBound + 1, isBlank(lines[end - 1]) || isComment(lines[end - 1]) { end -= 1 }
        while end < range.upperBound, isComment(lines[end]), lines[end].prefix(while: { $0 == " " }).count >= column - 1
        {
            end += 1
        }
        return end
    }

    private func isBlank(_ line: Substring) -> Bool { line.allSatisfy { $0 == " " || $0 == "\t" || $0 == "\r" } }

    /// The lines of an entry with another value.
    private func entry(
        _ entry: (key: YAMLNode, value: YAMLNode), _ name: String, _ bounds: Range<Int>, _ start: Int, _ prefix: String,
        _ indent: String, to value: JSONValue
    ) -> [String] {
        if entry.value.jsonValue.describesSame(as: value) { return lines[bounds].map(String.init) }
        let body = start + 1..<bounds.upperBound
        if !body.isEmpty, entry.value.position.line - 1 > start {
            let above = lines[bounds.lowerBound...start].map(String.init)
            if case .object(let members) = value.content, let entries = entry.value.mapping,
                let updated = mapping(entry.value, entries, body, to: members)
            {
                return above + updated
            }
            if case .array(let elements) = value.content, let nodes = entry.value.sequence,
                let updated = sequence(entry.value, nodes, body, to: elements)
            {
                return above + updated
            }
        }
        var new = written(name, value)
        if new.count == 1, let comment = trailingComment(start, entry.value) { new[0] += comment }
        return lines[bounds.lowerBound..<start].map(String.init) + [prefix + new[0]]
            + new.dropFirst().map { indent + $0 }
    }

    /// The lines of a sequence of rules with other rules, which their conditions identify; `nil` for another sequence.
    private func sequence(
        _ node: YAMLNode, _ elements: [YAMLNode], _ range: Range<Int>, to values: [JSONValue]
    ) -> [String]? {
        guard isBlock(node), let first = elements.first, values.allSatisfy({ $0.conditions != nil }) else { return nil }
        let starts = elements.map { $0.position.line - 1 }
        guard Set(starts).count == starts.count, starts.allSatisfy(range.contains),
            elements.allSatisfy({ $0.mapping != nil && $0.position.column == first.position.column })
        else { return nil }
        let begins = starts.map { start in
            var begin = start
            while begin > range.lowerBound, isComment(lines[begin - 1]) { begin -= 1 }
            return begin
        }
        let end = entriesEnd(range, first.position.column)
        var rest = values
        var updated = lines[range.lowerBound..<begins[0]].map(String.init)
        for (index, element) in elements.enumerated() {
            let bounds = begins[index]..<(index + 1 < begins.count ? begins[index + 1] : end)
            let conditions = element.jsonValue.conditions
            guard let place = rest.firstIndex(where: { $0.conditions == conditions }) else { continue }
            let value = rest.remove(at: place)
            updated += lines[bounds.lowerBound..<starts[index]].map(String.init)
            if element.jsonValue == value {
                updated += lines[starts[index]..<bounds.upperBound].map(String.init)
            } else if case .object(let members) = value.content, let entries = element.mapping,
                let changed = mapping(element, entries, starts[index]..<bounds.upperBound, to: members)
            {
                updated += changed
            } else {
                updated += writtenElement(value, like: lines[starts[index]])
            }
        }
        for value in rest { updated += writtenElement(value, like: lines[starts[0]]) }
        return updated + lines[end..<range.upperBound].map(String.init)
    }

    // MARK: Text

    private func written(_ name: String, _ value: JSONValue) -> [String] {
        YAMLWriter.text(JSONValue(object: [(key: name, value: value)])).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
    }

    /// An element with the indentation of another one.
    private func writtenElement(_ value: JSONValue, like line: Substring) -> [String] {
        let indent = String(line.prefix { $0 == " " })
        return YAMLWriter.text(JSONValue(array: [value])).split(separator: "\n", omittingEmptySubsequences: false).map {
            indent + $0
        }
    }

    /// Whether a node is not written in brackets.
    private func isBlock(_ node: YAMLNode) -> Bool {
        let line = lines[min(node.position.line, lines.count) - 1]
        let text = line.dropFirst(node.position.column - 1)
        return text.first != "{" && text.first != "["
    }

    private func isComment(_ line: Substring) -> Bool { line.drop { $0 == " " || $0 == "\t" }.first == "#" }

    /// The comment behind a value of one line, with the white space before it.
    private func trailingComment(_ line: Int, _ value: YAMLNode) -> Substring? {
        let text = lines[line]
        guard value.position.line - 1 == line else { return nil }
        var place = text.startIndex
        while let mark = text[place...].firstRange(of: " #") {
            let before = text[..<mark.lowerBound]
            // The mark begins a comment if the value is the same without it.
            if let node = try? YAMLNode(parsing: Array(before.dropFirst(value.position.column - 1).utf8)),
                node.jsonValue == value.jsonValue
            {
                let end = before.lastIndex { $0 != " " }.map { text.index(after: $0) } ?? before.startIndex
                return text[end...]
            }
            place = mark.upperBound
        }
        return nil
    }
}

extension JSONValue {
    /// The member `when` of a rule; `nil` for anything else.
    fileprivate var conditions: JSONValue? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.key == "when" }?.value
    }
}
