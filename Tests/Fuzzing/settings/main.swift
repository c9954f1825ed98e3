import ContractJSON
// The texts that services and people write for settings: types, context filters, versions, lists of features and
// declarations. The lines of the input are two types, a context filter, two lists of features and a version; the rest
// is a value.
import Fuzzing
import HeksherDomain

func check(type text: String) -> SettingType? {
    let type: SettingType
    do {
        type = try SettingType(parsing: text)
    } catch {
        expect((0...text.utf8.count).contains(error.offset), "\(error)")
        return nil
    }
    let canonical = type.description
    expect(canonical.utf8.allSatisfy { (0x20..<0x80).contains($0) }, "not in ASCII: \(canonical)")
    do {
        let again = try SettingType(parsing: canonical)
        expect(again == type && again.hashValue == type.hashValue, "\(canonical) is another type")
        expect(again.description == canonical, "\(canonical) has another canonical text")
    } catch {
        fatalError("the canonical text '\(canonical)' is refused: \(error)")
    }
    expect(type.isSubtype(of: type) && !type.isProperSubtype(of: type))
    return type
}

func check(filters text: String) {
    let filters: ContextFilters
    do {
        filters = try ContextFilters(parsing: text)
    } catch .malformed(let error) {
        expect((0...text.unicodeScalars.count).contains(error.offset))
        return
    } catch {
        return
    }
    guard case .features(let features) = filters else { return expect(text == "*") }
    let written = features.map { feature, filter in
        switch filter {
        case .any: "\(feature):*"
        case .values(let values): "\(feature):(\(values.map { FeatureValue.written($0.text) }.joined(separator: ",")))"
        }
    }.joined(separator: ",")
    expect((try? ContextFilters(parsing: written)) == filters, "\(text) became \(written)")
    for (feature, filter) in features {
        guard case .values(let values) = filter, let value = values.first else { continue }
        expect(filters.admits([Condition(feature: feature, value: value.text)]))
        expect(!filters.admits([Condition(feature: feature, value: value.text + "x" + values.map(\.text).joined())]))
    }
}

func check(version text: String) -> Version? {
    guard let version = Version(text) else { return nil }
    expect(Version(version.description) == version, "\(text) became \(version)")
    return version
}

func check(features text: String) -> [String]? {
    guard let features = try? StartupContextFeatures(parsing: text) else { return nil }
    let written = features.names.joined(separator: ";")
    expect((try? StartupContextFeatures(parsing: written))?.names == features.names, "\(text) became \(written)")
    let kept = features.names.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    expect((try? features.merged(withStored: ContextFeatureOrder(kept)))?.names == features.names)
    return features.names
}

/// Declares a setting, then declares it differently: either the stored setting equals the second declaration, or
/// nothing has changed.
func check(_ first: Declaration, then second: Declaration, _ order: ContextFeatureOrder) {
    guard case .created(let stored) = first.outcome(named: nil, aliased: nil, order: order, rules: []) else { return }
    guard case .upToDate = first.outcome(named: stored, aliased: nil, order: order, rules: []) else {
        fatalError("what was declared differs from what is stored: \(stored)")
    }
    let rules = [
        Rule(
            id: 1, setting: stored.name, value: stored.defaultValue,
            conditions: stored.configurableFeatures.prefix(1).map { Condition(feature: $0, value: "x") })
    ]
    switch second.outcome(named: stored, aliased: nil, order: order, rules: rules) {
    case .upgraded(let upgraded, _, let previous, _):
        expect(previous < second.version && upgraded.version == second.version)
        guard case .upToDate = second.outcome(named: upgraded, aliased: nil, order: order, rules: rules) else {
            fatalError("what was upgraded differs from what was declared: \(upgraded)")
        }
    case .upToDate: expect(second.version == stored.version && second.type == stored.type)
    case .mismatch(let differences), .rejected(_, let differences):
        expect(!differences.isEmpty && second.version >= stored.version)
    case .outdated: expect(second.version < stored.version)
    case .unknownFeatures(let names, _): expect(!names.isEmpty)
    case .created, .unknownAlias, .unrelatedAlias, .versionMustBeInitial: fatalError("there is a setting")
    }
}

fuzz { bytes in
    let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 6, omittingEmptySubsequences: false)
    let lines = parts.prefix(6).map { String(decoding: $0, as: UTF8.self) }
    let types = lines.prefix(2).compactMap(check(type:))
    if lines.count > 2 { check(filters: lines[2]) }
    let features = lines.dropFirst(3).prefix(2).compactMap(check(features:))
    let version = lines.count > 5 ? check(version: lines[5]) : nil
    guard types.count == 2, parts.count == 7, let value = try? JSONValue(parsing: Array(parts[6])) else { return }

    for (type, other) in [(types[0], types[1]), (types[1], types[0])] {
        let admits = type.admits(value)
        expect(type.admits(value.compacted()) == admits, "white space counts")
        expect(type.isModelFor(value) == admits, "\(type) and \(value)")
        guard type.isSubtype(of: other) else { continue }
        expect(type == other || !other.isSubtype(of: type), "\(type) and \(other) are each below the other")
        expect(!admits || other.admits(value), "\(value) is of \(type) and not of \(other)")
    }
    guard features.count == 2, let version else { return }
    let declarations = [(types[0], features[0], Version.initial), (types[1], features[1], version)].map {
        Declaration(name: "a", configurableFeatures: $1, type: $0, defaultValue: value, version: $2)
    }
    check(declarations[0], then: declarations[1], ContextFeatureOrder(features[0] + features[1].dropFirst()))
}
