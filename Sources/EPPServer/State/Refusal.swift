import EPP

/// Why a command is not done.
struct Refusal: Error {
    let result: CommandResult

    init(_ code: ResultCode, _ field: String, _ reason: String) {
        result = CommandResult(code, details: [.init(value: field, reason: reason)])
    }

    init(_ result: CommandResult) {
        self.result = result
    }

    /// A value that the protocol cannot carry: 2005, or 2004 for a period of no possible length.
    init(_ error: InvalidValue) {
        let isRange = error.field.hasSuffix("period")
        self.init(isRange ? .parameterRangeError : .parameterSyntaxError, error.field, error.reason)
    }
}
