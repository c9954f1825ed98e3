import ArgumentParser

/// The name of a setting or of a context feature on the command line. The service validates names, but an empty name would request all of
/// them.
struct NameArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }
}
