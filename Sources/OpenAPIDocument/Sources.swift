import YAML

/// The files of a document: the one that was asked for, and those that references lead to, each read once.
struct Sources {
    /// Reads a file by its path: that of the document, with what its references add.
    typealias Reader = (_ path: String) throws -> [UInt8]

    /// Why a file has no nodes.
    struct Failure: Error {
        var message: String
        /// In the file, if it could be read.
        var position: SourcePosition?
    }

    /// The path of the document that was asked for, normalized.
    let main: String
    private let read: Reader
    private var roots: [String: Result<YAMLNode, Failure>]
    /// The members of large mappings, which are asked for time and again.
    private var indices: [SourcePosition: [String: YAMLNode]] = [:]

    init(main: String, root: YAMLNode, read: @escaping Reader) {
        self.main = Path.normalized(main)
        self.read = read
        roots = [self.main: .success(root)]
    }

    /// All that was read, the document that was asked for among it.
    var files: [String] { roots.keys.sorted() }

    /// The root of a file.
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

    /// A member of a mapping, or an element of a list by its number.
    mutating func child(_ token: String, of node: YAMLNode) -> YAMLNode? {
        switch node.content {
        case .scalar: return nil
        case .sequence(let elements):
            // Without leading zeros (RFC 6901 §4).
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
