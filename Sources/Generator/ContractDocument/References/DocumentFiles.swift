import ContractYAML
import Diagnostics

/// The files of a document: the main file, and those that references lead to. Each is read once.
struct DocumentFiles {
    /// Reads a file. The path is the document's path with the path of a reference applied to it.
    typealias Reader = (_ path: String) throws -> [UInt8]

    /// The reason why a file has no nodes.
    struct Failure: Error {
        var message: String
        /// The position in the file; `nil` if the file could not be read.
        var position: SourcePosition?
    }

    /// The normalized path of the main file.
    let main: String
    private let read: Reader
    private var roots: [String: Result<YAMLNode, Failure>]
    /// The members of large mappings by name, because they are looked up many times.
    private var indices: [SourcePosition: [String: YAMLNode]] = [:]

    init(main: String, root: YAMLNode, read: @escaping Reader) {
        self.main = Path.normalized(main)
        self.read = read
        roots = [self.main: .success(root)]
    }

    /// The paths of all files that have been read, including the main file, sorted.
    var paths: [String] { roots.keys.sorted() }

    /// The root node of a file.
    mutating func root(of path: String) throws(Failure) -> YAMLNode {
        if let known = roots[path] { return try known.get() }
        let result = load(path)
        roots[path] = result
        return try result.get()
    }

    private func load(_ path: String) -> Result<YAMLNode, Failure> {
        do {
            return .success(try YAMLNode(parsing: try read(path), file: path))
        } catch let error as YAMLError {
            return .failure(Failure(message: error.message, position: error.position))
        } catch {
            return .failure(Failure(message: "the file cannot be read: \(error)"))
        }
    }

    /// The member of a mapping with this name, or the element of a list with this number.
    mutating func child(_ token: String, of node: YAMLNode) -> YAMLNode? {
        switch node.content {
        case .scalar: return nil
        case .sequence(let elements):
            // The number has no leading zeros (RFC 6901 §4).
            guard let index = Int(token), "\(index)" == token else { return nil }
            return elements.indices.contains(index) ? elements[index] : nil
        case .mapping(let members):
            if members.count < 16 { return members.first { $0.key.name == token }?.value }
            if indices[node.position] == nil {
                indices[node.position] = Dictionary(
                    members.compactMap { member in member.key.name.map { ($0, member.value) } },
                    uniquingKeysWith: { first, _ in first })
            }
            return indices[node.position]?[token]
        }
    }
}
