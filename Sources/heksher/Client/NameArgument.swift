import ArgumentParser

/// The name of a setting or of a context feature on the command line. The service tells whether there can be such a name, but an
/// empty one would ask for all of them.
struct NameArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }
}
