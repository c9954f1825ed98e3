import ContractYAML
import Diagnostics

/// Names for targets of references that are not components of the document: in other files, or elsewhere in the
/// document.
///
/// A component of the document that only refers to such a target gives it its name. Otherwise the name is derived from
/// the location:
///
/// - For a definition, it is the last part of the pointer: `common.yaml#/components/schemas/Error` is `Error`.
/// - For a whole file, it is the name of the file: `schemas/pet.yaml` is `pet`.
/// - Elsewhere, it is the name of the file and all parts of the pointer except structural ones, such as `properties`.
///
/// If two names collide, a target in another file gets the name of its file as a prefix. If that is not enough, a
/// number follows.
struct ComponentNames {
    struct Place: Hashable {
        var section: String
        var location: Location
    }

    private(set) var settled: [Place: String] = [:]
    /// Places without a name yet, in the order of the calls of ``ask(_:_:)``.
    private(set) var unnamed: [Place] = []
    /// The locations of schemas that have names, by their positions.
    private(set) var schemas: [SourcePosition: Location] = [:]
    private var nodes: [Place: YAMLNode] = [:]

    subscript(_ place: Place) -> String? { settled[place] }

    /// Gives a place the name of a component that refers to it. The first component counts.
    mutating func claim(_ place: Place, _ node: YAMLNode, as name: String) {
        guard settled[place] == nil else { return }
        settle(place, node, as: name)
    }

    private mutating func settle(_ place: Place, _ node: YAMLNode, as name: String) {
        settled[place] = name
        if place.section == "schemas" { schemas[node.position] = place.location }
    }

    /// The name of a place. Until all names are settled, this is its file and pointer.
    mutating func ask(_ place: Place, _ node: YAMLNode) -> String {
        if let name = settled[place] { return name }
        if nodes.updateValue(node, forKey: place) == nil { unnamed.append(place) }
        return place.location.file + place.location.fragment
    }

    /// Gives each place in ``unnamed`` a name.
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

    /// The form in which names are compared. Names with the same form could become the same name in Swift.
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
        // Names of components consist of letters, digits, `.`, `-` and `_`.
        return (file + telling).joined(separator: "_").map {
            $0.isASCII && ($0.isLetter || $0.isNumber) ? "\($0)" : "_"
        }
        .joined()
    }
}

extension DocumentParser {
    /// The component name of a reference's target; `nil` if it has none. If needed, it notes the component for the
    /// bundle.
    mutating func name(of target: Target, _ section: String, for reference: YAMLNode) -> String? {
        let location = target.location
        let isHere = location.file == files.main
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
            let own = Location(file: files.main, pointer: ["components", section, name])
            bundle.rewrites[reference.position] = own.fragment
            bundle.components[section, default: [:]][name] = target.node
        }
        return name
    }

    /// Lets each component that only refers to another place give that place its name.
    mutating func claimNames(_ components: Fields) {
        for section in components.members {
            for (key, value) in section.value.mapping ?? [] {
                guard let name = key.name, value.isReferenceAlone, let reference = value.reference else { continue }
                guard let target = try? quietTarget(of: reference, section.name) else { continue }
                let location = target.location
                if location.file == files.main, location.pointer.first == "components", location.pointer.count == 3 {
                    continue
                }
                names.claim(ComponentNames.Place(section: section.name, location: location), target.node, as: name)
                if section.name == "schemas" { queued.insert(name) }
            }
        }
    }
}
