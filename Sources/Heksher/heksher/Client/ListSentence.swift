/// Sentences of the service, whose form is fixed because other programs read them, as sentences for people.
enum ListSentence {
    /// Writes lists as people do: `the settings ['a', 'b'] do not exist` becomes `the settings a and b do not exist`, and with one name,
    /// the sentence is about one setting.
    static func rewritten(_ sentence: String) -> String {
        sentence.replacing(lists) { match in
            let names = match.output.list.split(separator: ", ").map { name in
                name.hasPrefix("'") && name.hasSuffix("'") && name.count > 1
                    ? String(name.dropFirst().dropLast()) : String(name)
            }
            let isOne = names.count == 1 && match.output.others == nil
            let others = match.output.others.map { ["\($0) more"] } ?? []
            var (noun, verb) = (String(match.output.noun ?? ""), String(match.output.verb ?? ""))
            if noun.hasSuffix(":") { noun.removeLast() }
            if isOne {
                if noun.hasSuffix("s") { noun.removeLast() }
                verb = verb == " do" ? " does" : verb == " are" ? " is" : verb
            }
            return " \(noun.isEmpty ? "" : "\(noun) ")\((names + others).listed)\(verb)"
        }
    }

    /// White space, a noun, a list of names in quotation marks or of numbers, the number of further elements, and a verb.
    private static var lists:
        Regex<(Substring, noun: Substring?, list: Substring, others: Substring?, verb: Substring?)>
    {
        /\s(?:(?<noun>(?:settings|features|rules):?) )?\[(?<list>'[^\]]*'|[0-9][0-9, ]*)\](?: and (?<others>[0-9]+) more)?(?<verb> do| are)?/
    }
}

extension [String] {
    /// `a, b and c`
    var listed: String {
        guard let last, count > 1 else { return first ?? "" }
        return "\(dropLast().joined(separator: ", ")) and \(last)"
    }
}
