import ArgumentParser
import HeksherDomain

/// The version of a setting after a change.
struct VersionOptions: ParsableArguments {
    @Flag(help: "Raise the major number of the version instead of the minor one.")
    var major = false

    /// The version after the stored one.
    func next(after version: String) -> String {
        Version(validated: version).raised(major: major).description
    }
}
