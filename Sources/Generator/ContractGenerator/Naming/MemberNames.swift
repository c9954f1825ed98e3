import Diagnostics

extension [Member] {
    /// Claims the names of properties, and of the variables of emitted functions.
    ///
    /// - Parameters:
    ///   - reserved: names of other properties of the same type.
    ///   - chosen: the names that the configuration gives, by those of the document.
    /// - Returns: a note for each collision.
    mutating func claimNames(reserved: Set<String> = [], chosen: [String: String] = [:]) -> [Diagnostic] {
        let place = SourcePosition(line: 1, column: 1)
        var scope = NameScope(reserved: reserved.union(Member.takenNames))
        let names = scope.claim(
            map { member in
                var wanted = NameScope.Wanted.lower(member.name, at: member.position ?? place)
                if let name = chosen[member.name] {
                    wanted.preferred = name.withoutBackticks
                    wanted.isChosen = true
                } else if member.swiftName != SwiftName.lowerCamelCase(member.name) {
                    wanted.preferred = member.swiftName.withoutBackticks
                }
                return wanted
            })
        let notes = scope.notes
        for index in indices {
            let name = names[index]
            self[index].swiftName = SwiftName.escaped(name)
            self[index].storageName = self[index].swiftName
            func claim(_ wanted: String) -> String {
                scope.claim(.init(source: wanted, preferred: wanted, alternative: wanted + "_", position: place))
            }
            if self[index].isGivenApart {
                self[index].storageName = claim(name + "IfGiven")
            } else if self[index].isDeprecated {
                self[index].storageName = claim("_" + name)
            }
            self[index].localName = Member.localNames.contains(name) ? claim(name + "_") : self[index].swiftName
        }
        return notes
    }
}

extension Member {
    /// Names that would hide types in emitted code.
    fileprivate static let takenNames: Set<String> = ["ContractRuntime", "Swift", "String", "Int", "Double", "Bool"]

    /// Names of variables in emitted functions.
    fileprivate static let localNames: Set<String> = [
        "json", "problems", "mark", "key", "before", "response", "additionalProperties", "decoded", "form", "request",
        "rest", "count",
    ]
}
