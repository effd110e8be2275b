import EPP
import EPPClient

/// What `--json` prints where a command failed.
struct FailureReport {
    let command: String
    let error: any Error

    var json: String {
        let refusal = error as? RegistryError
        let code = refusal?.code.flatMap { $0 == .transport ? nil : $0.rawValue }
        let response = refusal?.response
        let extensions = (response?.extensions ?? []).map { Redaction.text(of: Array($0.utf8)) }
        return JSONValue.present([
            "command": .string(command), "ok": false, "code": code.map { .integer($0) } ?? .null,
            "message": .string(refusal?.message ?? String(describing: error)),
            "clTRID": response?.clientTransactionID.map { .string($0) },
            "svTRID": response?.serverTransactionID.map { .string($0) },
            "reasons": .array((refusal?.results ?? []).flatMap(\.details).map(Self.detail)),
            "extensions": extensions.isEmpty ? nil : .array(extensions.map { .string($0) }),
            "flaws": Report.flaws(response?.flaws ?? []),
            "outcomeUnknown": refusal?.isOutcomeUnknown == true ? true : nil,
            "error": .string(String(describing: error)), "exit": .integer(Int(ExitStatus(error).rawValue)),
        ]).text
    }

    private static func detail(_ detail: CommandResult.Detail) -> JSONValue {
        // A registry may quote the password that it did not like.
        let value = Redaction.text(of: Array(detail.value.utf8))
        return .present(["value": .string(value), "reason": detail.reason.map { .string($0) }])
    }
}
