import ContractAsyncHTTPClient
import ContractHummingbird
import Hummingbird

/// Serves the contract beside this file on a free port, and calls it as a client.
@main
struct PetStore {
    static func main() async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var application = Application(
            responder: APIResponder<BasicRequestContext>(API.routes(pets: PetsHandler())),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) })
        application.logger.logLevel = .critical
        let server = application
        try await withThrowingTaskGroup { group in
            group.addTask { try await server.run() }
            for await port in ports {
                try await visit(Client(AsyncHTTPClientTransport(baseURL: "http://127.0.0.1:\(port)")))
                break
            }
            group.cancelAll()
        }
    }

    /// Adds pets, lists them, and deletes one.
    static func visit(_ store: Client) async throws {
        for (name, kind) in [("Minka", Schemas.Kind.cat), ("Rex", .dog), ("Tom", .cat)] {
            let added = try await store.addPet(.init(body: .init(name: name, kind: kind))).created
            print("added \(added.body.name) at \(added.headers.location)")
        }

        let cats = try await store.listPets(.init(kind: .cat)).ok
        print("cats: \(cats.map(\.name).joined(separator: ", "))")

        try await store.deletePet(.init(id: 1)).noContent()
        // Every declared response is a case. A missing pet is not an error, unless the caller asks for `.ok`.
        switch try await store.getPet(.init(id: 1)) {
        case .ok(.json(let pet)): print("\(pet.name) is still there")
        case .notFound: print("pet 1 has a new home")
        case .unprocessableContent: print("1 is not an id")
        }

        do {
            _ = try await store.addPet(.init(body: .init(name: "", kind: .fish))).created
        } catch {
            // The name violates the contract, and the generated server's response says where.
            print("refused: \(error.status?.code ?? 0)")
        }
    }
}
