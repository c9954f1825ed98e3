import CLibFuzzer
import Glibc

/// What is to hold for any input. Only `fuzz` sets it, before the first input.
nonisolated(unsafe) private var property: (([UInt8]) -> Void)?

/// Gives inputs to `body` as the program's arguments tell libFuzzer to, until one of them crashes, hangs or takes too much memory.
/// `body` traps when an input breaks what it checks.
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

/// Ends the program unless a condition holds, and says why, which `precondition` does not in a release build.
public func expect(
    _ condition: Bool, _ reason: @autoclosure () -> String = "a condition that has to hold", file: StaticString = #file,
    line: UInt = #line
) {
    if !condition { fatalError(reason(), file: file, line: line) }
}
