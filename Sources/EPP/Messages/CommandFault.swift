/// Why a registry cannot read a command: the result code for it, the parameter, and what is wrong with it.
struct CommandFault: Error {
    var code = ResultCode.requiredParameterMissing
    var field: String
    var reason = "is missing"
}

extension XMLTree.Element {
    /// The text of a child that a command must have, as a token.
    func parameter(
        _ name: StaticString, in namespace: XMLNamespace, _ field: StaticString
    ) throws(CommandFault) -> String {
        guard let token = token(of: name, in: namespace), !token.isEmpty else {
            throw CommandFault(field: field.description)
        }
        return token
    }

    /// The texts of the children of which a command must have one or more, as tokens.
    func parameters(
        _ name: StaticString, in namespace: XMLNamespace, _ field: StaticString
    ) throws(CommandFault) -> [String] {
        let tokens = tokens(of: name, in: namespace)
        guard !tokens.isEmpty, tokens.allSatisfy({ !$0.isEmpty }) else { throw CommandFault(field: field.description) }
        return tokens
    }
}
