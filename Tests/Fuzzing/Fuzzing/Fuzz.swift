import CLibFuzzer
import Glibc

/// The check of one input. Only `fuzz` sets it, before the first input.
nonisolated(unsafe) private var property: (([UInt8]) -> Void)?

/// Calls `body` with inputs as the program's arguments tell libFuzzer to, until an input crashes, hangs or takes too
/// much memory. `body` traps if an input violates a condition that it checks.
public func fuzz(_ body: @escaping ([UInt8]) -> Void) -> Never {
    property = body
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    let status = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        property?(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    }
    exit(status)
}

/// Ends the program unless the condition is true, and prints the reason; in a release build, `precondition` prints
/// none.
public func expect(
    _ condition: Bool, _ reason: @autoclosure () -> String = "a condition that has to hold", file: StaticString = #file,
    line: UInt = #line
) {
    if !condition { fatalError(reason(), file: file, line: line) }
}
