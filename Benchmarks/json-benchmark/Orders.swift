/// The same types for `JSONDecoder` and `JSONEncoder`, which check only the types.
struct OrderList: Codable {
    var orders: [Order]
}

struct Order: Codable {
    enum State: String, Codable {
        case open, packed, shipped, returned
    }

    var id: String
    var number: Int
    var placed: String
    var state: State
    var customer: Customer
    var lines: [Line]
    var total: Double
    var paid: Bool
    var note: String?
}

struct Customer: Codable {
    var name: String
    var email: String
    var vip: Bool?
}

struct Line: Codable {
    var sku: String
    var quantity: Int
    var price: Double
    var tags: [String]?
}

/// A body of 100 KB, which is the same in every run.
func body() throws -> [UInt8] {
    var random = Generator(state: 7)
    let names = ["Zoë Müller", "John \"JJ\" Smith", "李小龙", "Anna Kowalska", "Søren Sørensen"]
    var orders: [Schemas.Order] = []
    while Schemas.OrderList(orders: orders).jsonBytes().count < 100_000 {
        let lines = (0..<1 + Int(random.next() % 4)).map { _ in
            Schemas.Line(
                sku: "SKU-\(1000 + random.next() % 9000)", quantity: 1 + Int(random.next() % 9),
                price: Double(random.next() % 100_000) / 100,
                tags: random.next() % 2 == 0 ? ["fragile", "gift", "express"] : nil)
        }
        let name = names[Int(random.next() % 5)]
        let digits = String(100_000_000_000 + random.next() % 900_000_000_000)
        orders.append(
            Schemas.Order(
                id: "3f2504e0-4f89-41d3-9a0c-\(digits)", number: 1 + Int(random.next() % 1_000_000),
                placed: "2026-0\(1 + random.next() % 9)-1\(random.next() % 10)T08:30:00.125Z",
                state: Schemas.OrderState.allCases[Int(random.next() % 4)],
                customer: .init(name: name, email: "customer.\(digits)@example.com", vip: random.next() % 2 == 0),
                lines: lines, total: lines.reduce(0) { $0 + $1.price * Double($1.quantity) },
                paid: random.next() % 3 == 0,
                note: random.next() % 4 == 0 ? "Leave it with the neighbours,\nplease." : nil))
    }
    return Schemas.OrderList(orders: orders).jsonBytes()
}

/// SplitMix64, a random number generator that returns the same numbers in every run.
struct Generator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
