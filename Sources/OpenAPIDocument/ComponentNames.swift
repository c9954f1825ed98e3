import YAML

/// Names for what references lead to outside of the document's own components: in other files, or anywhere in its own.
///
/// A component of the document that is nothing but a reference to such a place gives it its name. Else it is named by the last
/// part of its pointer where definitions stand (`common.yaml#/components/schemas/Error` is `Error`), by its file where it is a
/// whole one (`schemas/pet.yaml` is `pet`), and by its file and the telling parts of the pointer elsewhere. If a name is that of
/// another, what comes from other files has the name of the file in front, and a number behind if that does not do.
struct ComponentNames {
    struct Place: Hashable {
        var section: String
        var location: Location
    }

    private(set) var settled: [Place: String] = [:]
    /// What has no name yet, in the order of asking.
    private(set) var unnamed: [Place] = []
    /// The places of schemas that have names, by where they stand.
    private(set) var schemas: [SourcePosition: Location] = [:]
    private var nodes: [Place: YAMLNode] = [:]

    subscript(_ place: Place) -> String? { settled[place] }

    /// Gives a place the name of the component that refers to it, if no other has done so.
    mutating func claim(_ place: Place, _ node: YAMLNode, as name: String) {
        guard settled[place] == nil else { return }
        settle(place, node, as: name)
    }

    private mutating func settle(_ place: Place, _ node: YAMLNode, as name: String) {
        settled[place] = name
        if place.section == "schemas" { schemas[node.position] = place.location }
    }

    /// The name of a place, which is that of the place itself until all names are settled.
    mutating func ask(_ place: Place, _ node: YAMLNode) -> String {
        if let name = settled[place] { return name }
        if nodes.updateValue(node, forKey: place) == nil { unnamed.append(place) }
        return place.location.file + place.location.fragment
    }

    /// Settles the names of what has been asked for.
    ///
    /// - Parameter taken: the names of the document's own components in each section.
    func settled(taken: [String: [String]], main: String) -> ComponentNames {
        var result = ComponentNames()
        for (section, places) in Dictionary(grouping: unnamed, by: \.section) {
            var used = Set(taken[section, default: []].map(Self.folded))
            let claims = Dictionary(grouping: places) { Self.folded(Self.name(of: $0.location, main)) }
            for place in places.sorted(by: { Self.order($0) < Self.order($1) }) {
                let plain = Self.name(of: place.location, main)
                var name = plain
                let isContested = used.contains(Self.folded(plain)) || claims[Self.folded(plain), default: []].count > 1
                if isContested, place.location.file != main { name = Path.stem(of: place.location.file) + "_" + plain }
                var number = 1
                let base = name
                while !used.insert(Self.folded(name)).inserted {
                    number += 1
                    name = "\(base)_\(number)"
                }
                if let node = nodes[place] { result.settle(place, node, as: name) }
            }
        }
        return result
    }

    private static func order(_ place: Place) -> String { place.location.file + place.location.fragment }

    /// What names have in common that are the same in Swift.
    private static func folded(_ name: String) -> String {
        name.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }

    private static func name(of location: Location, _ main: String) -> String {
        let pointer = location.pointer
        let definitions: Set = [
            "$defs", "definitions", "schemas", "responses", "parameters", "requestBodies", "headers", "securitySchemes",
            "examples", "links", "callbacks",
        ]
        if pointer.count == 1 || pointer.count == 3 && pointer[0] == "components"
            || pointer.count == 2 && definitions.contains(pointer[0]), let last = pointer.last
        {
            return last
        }
        let structural: Set = [
            "components", "schemas", "properties", "paths", "responses", "content", "schema", "$defs", "definitions",
            "headers", "parameters",
        ]
        let telling = pointer.filter { !structural.contains($0) }
        let file = location.file == main && !telling.isEmpty ? [] : [Path.stem(of: location.file)]
        // The names of components have letters, digits, '.', '-' and '_'.
        return (file + telling).joined(separator: "_").map {
            $0.isASCII && ($0.isLetter || $0.isNumber) ? "\($0)" : "_"
        }
        .joined()
    }
}

extension DocumentParser {
    /// The name under which what a reference leads to is shared; `nil` for what has none.
    mutating func name(of target: Target, _ section: String, for reference: YAMLNode) -> String? {
        let location = target.location
        let isHere = location.file == sources.main
        if isHere, reference.position.file != file {
            bundle.rewrites[reference.position] = location.fragment
        }
        let pointer = location.pointer
        if isHere, pointer.count == 3, pointer[0] == "components", pointer[1] == section { return pointer[2] }
        if section == "pathItems" {
            if !isHere { bundle.inlined[reference.position] = target.node }
            return nil
        }
        if isHere, section != "schemas" { return nil }
        let place = ComponentNames.Place(section: section, location: location)
        let name = names.ask(place, target.node)
        if !isHere {
            let own = Location(file: sources.main, pointer: ["components", section, name])
            bundle.rewrites[reference.position] = own.fragment
            bundle.components[section, default: [:]][name] = target.node
        }
        return name
    }

    /// Lets the components that are nothing but references name what they refer to.
    mutating func claimNames(_ components: Fields) {
        for section in components.members {
            for (key, value) in section.value.mapping ?? [] {
                guard let name = key.name, value.isReferenceAlone, let reference = value.reference else { continue }
                guard let target = try? quietTarget(of: reference, section.name) else { continue }
                let location = target.location
                if location.file == sources.main, location.pointer.first == "components", location.pointer.count == 3 {
                    continue
                }
                names.claim(ComponentNames.Place(section: section.name, location: location), target.node, as: name)
                if section.name == "schemas" { queued.insert(name) }
            }
        }
    }
}
