// Measures the time to resolve a setting with 20 rules, and the time of other ways in which a program could look up a
// value.
//
// usage: make bench-settings

import HeksherAPI
import HeksherSettings
import PosixSupport
import Synchronization

let setting = Setting("cache_size", configurableBy: ["environment", "tenant", "user"], default: 10)

/// 20 rules with one to three conditions each. The names of tenants and users are as long as in practice.
func rules() -> [Schemas.QueriedRule] {
    (0..<20).map { index in
        let conditions = [
            ["environment", index % 2 == 0 ? "production" : "staging"], ["tenant", "tenant_\(index)"],
            ["user", "3f2504e04f8911d39a0c0305e82c33\(index + 10)"],
        ]
        return Schemas.QueriedRule(
            value: .init(index), contextFeatures: Array(conditions.suffix(1 + index % 3)), ruleId: index)
    }
}

try setting.update(
    .init(defaultValue: 10, rules: rules()), features: ["environment", "tenant", "user"])

/// Calls a function many times, and returns the processor time of a call in nanoseconds: the median of many short
/// rounds. The load of other programs does not count.
func measure(_ call: () -> Int) -> Double {
    let calls = 10_000
    let rounds = (0..<200).map { _ in
        var sum = 0
        let start = threadNanoseconds()
        for _ in 0..<calls { sum &+= call() }
        let end = threadNanoseconds()
        use(sum)
        return Double(end - start) / Double(calls)
    }
    return rounds.sorted()[rounds.count / 2]
}

/// The processor time of this thread in nanoseconds.
func threadNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Prevents the optimizer from removing the computation of a value.
@inline(never) func use(_ value: Int) {
    withExtendedLifetime(value) {}
}

func report(_ what: String, _ nanoseconds: Double) {
    let figure = String(Int(nanoseconds.rounded()))
    print("  " + what + String(repeating: " ", count: max(1, 60 - what.count - figure.count)) + "\(figure) ns")
}

let first: SettingContext = [
    "environment": "production", "tenant": "tenant_2", "user": "3f2504e04f8911d39a0c0305e82c3312",
]
let last: SettingContext = [
    "environment": "staging", "tenant": "acme", "user": "3f2504e04f8911d39a0c0305e82c3328",
]
let none: SettingContext = ["environment": "test", "tenant": "acme", "user": "ann"]

precondition([first, last, none].map(setting.value(for:)) == [2, 18, 10], "other rules apply than was meant")

print("Resolving a setting with 20 rules")
report("the first rule asked applies", measure { setting.value(for: first) })
report("the last rule asked applies", measure { setting.value(for: last) })
report("no rule applies", measure { setting.value(for: none) })
report(
    "no rule applies, and the context is made each time",
    measure { setting.value(for: ["environment": "test", "tenant": "acme", "user": "ann"]) })
report(
    "no rule applies, in the context of the task",
    SettingContext.$current.withValue(none) { measure { setting.value } })
for tasks in [2, 4] {
    let slowest = await withTaskGroup(of: Double.self) { group in
        for _ in 0..<tasks { group.addTask { measure { setting.value(for: none) } } }
        var slowest = 0.0
        for await time in group { slowest = max(slowest, time) }
        return slowest
    }
    report("no rule applies, in each of \(tasks) tasks at once", slowest)
}

print("For comparison, on this machine")
let dictionary = Dictionary(uniqueKeysWithValues: (0..<20).map { ("tenant_\($0)", $0) })
let keys = ["tenant_7", "acme"]
report("two lookups in a dictionary of 20 strings", measure { (dictionary[keys[0]] ?? 0) + (dictionary[keys[1]] ?? 0) })
let mutex = Mutex(dictionary)
report("the same behind a lock", measure { mutex.withLock { ($0[keys[0]] ?? 0) + ($0[keys[1]] ?? 0) } })
