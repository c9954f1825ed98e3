import ArgumentParser
import ContractDiff
import ContractDocument
import ContractJSON

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells breaking from compatible changes between two versions of a contract.",
        discussion: """
            A change is breaking if it may make clients fail that hold to the older version: requests that were admitted are \
            no longer, or responses may be what they could not be before. What is optional becoming required breaks requests \
            and not responses; a new value in a list of values breaks responses and not requests. New errors (4XX, 5XX) break \
            nothing, for which clients have to be ready.

              openapi.yaml:31:9: breaking: GET /pets: the parameter 'owner' in query is added, and required

            Places are those in the newer document, or in the older one for what is removed. With --format json each change is \
            an object in a list:

              [{"file":"openapi.yaml","line":31,"column":9,"compatibility":"breaking","subject":"GET /pets","message":"…"}]

            The exit status is 0 if no change is breaking, 1 if one is, 65 if one of the documents has errors, 66 if one cannot \
            be read.

            Examples:

              git show v1.0.0:openapi.yaml > /tmp/old.yaml && openapi-generate diff /tmp/old.yaml openapi.yaml
              openapi-generate diff old/openapi.yaml openapi.yaml --breaking --format json
            """)

    @Argument(help: "The document as it was.")
    var old: String

    @Argument(help: "The document as it is.")
    var new: String

    @Option(help: "How to tell it: text or json.")
    var format = OutputFormat.text

    @Flag(help: "Leave out compatible changes.")
    var breaking = false

    func run() throws {
        let changes = Change.all(from: try read(old), to: try read(new))
        let isBroken = changes.contains { $0.compatibility == .breaking }
        let told = breaking ? changes.filter { $0.compatibility == .breaking } : changes
        switch format {
        case .text:
            for change in told { print(change) }
            if told.isEmpty { print(breaking ? "No change is breaking" : "Nothing has changed") }
        case .json: print(JSONValue(array: told.map(\.json)).text)
        }
        if isBroken { throw ExitCode(1) }
    }

    private func read(_ path: String) throws -> Document {
        let parsed = Document.parse(try File.readOrExit(path), file: path, reading: File.read)
        let errors = parsed.diagnostics.filter { $0.severity == .error }
        guard let document = parsed.document, errors.isEmpty else {
            for error in errors { File.writeToStandardError("\(error)") }
            throw ExitCode(65)
        }
        return document
    }
}

extension Change {
    fileprivate var json: JSONValue {
        JSONValue(
            object: JSONValue.place(position.file, position) + [
                ("compatibility", JSONValue(compatibility.rawValue)), ("subject", JSONValue(subject)),
                ("message", JSONValue(message)),
            ])
    }
}
