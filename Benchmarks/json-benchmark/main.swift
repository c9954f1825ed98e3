// Measures the time in which generated code decodes, validates and encodes a JSON body of 100 KB, in turns with
// Foundation's JSONDecoder and JSONEncoder and types with the same members.
//
// usage: make bench-json

import ContractRuntime
import Foundation

let bytes = try body()
let data = Data(bytes)
let decoder = JSONDecoder()
let encoder = JSONEncoder()

func readGenerated() throws -> Schemas.OrderList {
    var json = JSONReader(bytes)
    var problems = ValidationProblems()
    guard let list = try Schemas.OrderList.decode(from: &json, problems: &problems) else {
        fatalError("the body is not valid: \(problems)")
    }
    try json.finish()
    return list
}

let list = try readGenerated()
let codableList = try decoder.decode(OrderList.self, from: data)
precondition(list.orders.count == codableList.orders.count)

/// Calls functions in turns, and returns the median processor time of a call for each, in microseconds.
func measure(_ functions: [(name: String, call: () throws -> Int)]) throws -> [Double] {
    var times = functions.map { _ in [Double]() }
    for _ in 0..<300 {
        for (index, function) in functions.enumerated() {
            let start = clock_gettime_nsec(CLOCK_THREAD_CPUTIME_ID)
            let result = try function.call()
            times[index].append(Double(clock_gettime_nsec(CLOCK_THREAD_CPUTIME_ID) - start) / 1000)
            precondition(result > 0)
        }
    }
    return times.map { $0.sorted()[$0.count / 2] }
}

func clock_gettime_nsec(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

let times = try measure([
    ("read and validate, generated code", { try readGenerated().orders.count }),
    ("read, JSONDecoder", { try decoder.decode(OrderList.self, from: data).orders.count }),
    ("write, generated code", { list.jsonBytes().count }),
    ("write, JSONEncoder", { try encoder.encode(codableList).count }),
])

func line(_ what: String, _ generated: Double, _ foundation: Double) {
    let speed = Double(bytes.count) / generated
    print(
        "\(what): generated code \(Int(generated)) µs (\(Int(speed)) MB/s), Foundation \(Int(foundation)) µs: "
            + "\(Double(Int(foundation / generated * 10)) / 10) times as fast")
}

print("A body of \(bytes.count) bytes, \(list.orders.count) orders; medians of 300 calls in turns.")
line("Reading and validating", times[0], times[1])
line("Writing", times[2], times[3])
