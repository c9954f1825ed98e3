public import ContractJSON
import HTTPTypes

// Decodes parameters that are not plain scalars. Their texts are split at delimiters and become JSON of the expected
// form, which a decoder validates.

extension RequestParameters {
    /// Decodes a parameter in its style.
    ///
    /// - Parameter allowsEmpty: whether an empty text means that the value is absent.
    public func value<Value>(
        _ place: ParameterPlace, _ form: TextForm, required: Bool, allowsEmpty: Bool = false,
        _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        let mark = problems.mark
        guard let texts = texts(place, form.kind, &problems), !(allowsEmpty && texts.isEmpty) else {
            if required, problems.foundNone(since: mark) { problems.addMissing(place.locationName, place.name) }
            return nil
        }
        return JSONReader.decode(form.bytes(of: texts), at: [place.locationName, place.name], &problems, decode)
    }

    /// Decodes a parameter whose text is JSON (`content`).
    public func json<Value>(
        _ place: ParameterPlace, required: Bool, _ problems: inout ValidationProblems, _ decode: DecodeJSON<Value>
    ) -> Value? {
        guard case .one(let text)? = texts(place, .one, &problems) else {
            if required { problems.addMissing(place.locationName, place.name) }
            return nil
        }
        return JSONReader.decode(Array(text.utf8), at: [place.locationName, place.name], &problems, decode)
    }

    /// Decodes a cookie. If there are several with its name, the first one counts, because it is the most specific (RFC
    /// 6265 §5.4).
    public func cookie<Value>(
        _ name: String, required: Bool, _ problems: inout ValidationProblems, _ decode: DecodeText<Value>
    ) -> Value? {
        read(cookies.first(name), "cookie", name, required, &problems, decode)
    }

    private var cookies: CookiePairs { CookiePairs(headerFields[.cookie]) }

    /// The texts of a form's member, which is written like a query parameter.
    static func formTexts(
        in pairs: [EncodedPair], _ place: ParameterPlace, _ kind: ParameterTexts.Kind,
        _ problems: inout ValidationProblems
    ) -> ParameterTexts? {
        RequestParameters(APIRequest(method: .get, path: ""), pathValues: []).pairTexts(pairs, place, kind, &problems)
    }

    /// The texts of a parameter; `nil` if it is absent, or after adding a problem.
    private func texts(
        _ place: ParameterPlace, _ kind: ParameterTexts.Kind, _ problems: inout ValidationProblems
    ) -> ParameterTexts? {
        switch place.location {
        case .path(let index): pathTexts(pathValues[index][...], place, kind, &problems)
        case .query: pairTexts(queryPairs.pairs, place, kind, &problems)
        case .cookie: pairTexts(cookies.pairs, place, kind, &problems)
        case .header: headerTexts(place, kind, &problems)
        }
    }

    private func headerTexts(
        _ place: ParameterPlace, _ kind: ParameterTexts.Kind, _ problems: inout ValidationProblems
    ) -> ParameterTexts? {
        guard let text = HTTPField.Name(place.name).flatMap({ headerFields[$0] }) else { return nil }
        let kind = kind.chosen(parts: text.split(separator: ",").count)
        if kind == .one { return .one(text) }
        // White space around the elements of a list does not belong to them (RFC 9110 §5.6.1).
        let parts =
            text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(\.withoutSpaces)
        return delimited(parts, place, kind, &problems) { String($0) }
    }

    // MARK: Paths

    private func pathTexts(
        _ text: Substring, _ place: ParameterPlace, _ kind: ParameterTexts.Kind, _ problems: inout ValidationProblems
    ) -> ParameterTexts? {
        var text = text
        let kind = kind.chosen(parts: text.dropFirst().split(separator: place.delimiter).count)
        switch place.style {
        case .label, .matrix:
            guard text.first == (place.style == .label ? "." : ";") else {
                return malformed(place, "the value begins with '\(place.style == .label ? "." : ";")'", &problems)
            }
            text = text.dropFirst()
        default: break
        }
        let isPairs = if case .pairs = kind { true } else { false }
        guard place.style == .matrix, !(isPairs && place.explode) else {
            return split(text, place, kind, &problems)
        }
        // `name=value`, for each element if they are exploded. An empty value has no `=`.
        var values: [Substring] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let end = part.firstIndex(of: "=") ?? part.endIndex
            guard PercentEncoding.decode(part[..<end]) == place.name else {
                return malformed(place, "the value begins with ';\(place.name)='", &problems)
            }
            values.append(part[end...].dropFirst())
        }
        if kind == .list, place.explode { return .list(values.map { PercentEncoding.decode($0) }) }
        return split(values.last ?? "", place, kind, &problems)
    }

    private func split(
        _ text: Substring, _ place: ParameterPlace, _ kind: ParameterTexts.Kind, _ problems: inout ValidationProblems
    ) -> ParameterTexts? {
        if kind == .one { return .one(PercentEncoding.decode(text)) }
        let parts = text.isEmpty ? [] : text.split(separator: place.delimiter, omittingEmptySubsequences: false)
        return delimited(parts, place, kind, &problems) { PercentEncoding.decode($0) }
    }

    /// Elements, or names and values, which alternate or are joined by `=`.
    private func delimited(
        _ parts: [Substring], _ place: ParameterPlace, _ kind: ParameterTexts.Kind,
        _ problems: inout ValidationProblems, _ decode: (Substring) -> String
    ) -> ParameterTexts? {
        guard case .pairs = kind else { return .list(parts.map(decode)) }
        var pairs: [(name: String, value: String)] = []
        if place.explode {
            for part in parts {
                guard let end = part.firstIndex(of: "=") else {
                    return malformed(place, "a member is 'name=value'", &problems)
                }
                pairs.append((decode(part[..<end]), decode(part[end...].dropFirst())))
            }
        } else {
            guard parts.count.isMultiple(of: 2) else {
                return malformed(place, "names and values alternate, and a value is missing", &problems)
            }
            for index in stride(from: 0, to: parts.count, by: 2) {
                pairs.append((decode(parts[index]), decode(parts[index + 1])))
            }
        }
        return .pairs(pairs)
    }

    // MARK: Queries and cookies

    private func pairTexts(
        _ pairs: [EncodedPair], _ place: ParameterPlace, _ kind: ParameterTexts.Kind,
        _ problems: inout ValidationProblems
    ) -> ParameterTexts? {
        let own = pairs.filter { $0.name == place.name }
        if case .choice = kind {
            if let members = kind.pairsAmongChoices, place.style == .deepObject || place.explode,
                let texts = pairTexts(pairs, place, members, &problems)
            {
                return texts
            }
            guard let last = own.last else { return nil }
            let isExploded = place.explode || place.style == .deepObject
            let chosen = kind.chosen(parts: isExploded ? own.count : last.parts(by: place.delimiter).count)
            if case .pairs = chosen, isExploded { return .one(last.value) }
            return pairTexts(pairs, place, chosen, &problems)
        }
        switch kind {
        case .one: return own.last.map { .one($0.value) }
        case .list where place.explode || place.style == .deepObject: return own.isEmpty ? nil : .list(own.map(\.value))
        case .pairs(let names, let others) where place.style == .deepObject || place.explode:
            let isDeep = place.style == .deepObject
            let members = pairs.compactMap { pair -> (name: String, value: String)? in
                guard isDeep else {
                    let isMember = names.contains(pair.name) || (others && !place.otherNames.contains(pair.name))
                    return isMember ? (pair.name, pair.value) : nil
                }
                guard pair.name.hasPrefix("\(place.name)["), pair.name.hasSuffix("]") else { return nil }
                return (String(pair.name.dropFirst(place.name.count + 1).dropLast()), pair.value)
            }
            return members.isEmpty ? nil : .pairs(members)
        case .list, .pairs, .choice:
            return own.last.flatMap { delimited($0.parts(by: place.delimiter), place, kind, &problems) { String($0) } }
        }
    }

    private func malformed(
        _ place: ParameterPlace, _ message: String, _ problems: inout ValidationProblems
    ) -> ParameterTexts? {
        problems.add(
            ValidationProblem(.other, message, at: [.name(place.locationName), .name(place.name)]))
        return nil
    }
}

extension Substring {
    fileprivate var withoutSpaces: Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let end = lastIndex(where: { !isSpace($0) }) else { return "" }
        return self[...end].drop(while: isSpace)
    }
}
