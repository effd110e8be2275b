/// A command that names domains or hosts.
protocol CommandWithNames: Command {
    /// The command with each name changed.
    func mapNames(_ change: (String) throws -> String) throws -> Self
}

extension CommandWithNames {
    fileprivate func changed(_ change: (inout Self) throws -> Void) rethrows -> Self {
        var copy = self
        try change(&copy)
        return copy
    }
}

extension CheckDomain: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self {
        try changed { $0.names = try names.map(change) }
    }
}

extension InfoDomain: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self { try changed { $0.name = try change(name) } }
}

extension CreateDomain: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self {
        try changed {
            $0.name = try change(name)
            $0.nameservers = try nameservers.map { try $0.mapName(change) }
        }
    }
}

extension UpdateDomain: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self {
        try changed {
            $0.name = try change(name)
            $0.adding.nameservers = try adding.nameservers.map { try $0.mapName(change) }
            $0.removing.nameservers = try removing.nameservers.map { try $0.mapName(change) }
        }
    }
}

extension DeleteDomain: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self { try changed { $0.name = try change(name) } }
}

extension RenewDomain: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self { try changed { $0.name = try change(name) } }
}

extension TransferDomain: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self { try changed { $0.name = try change(name) } }
}

extension CheckHost: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self {
        try changed { $0.names = try names.map(change) }
    }
}

extension InfoHost: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self { try changed { $0.name = try change(name) } }
}

extension CreateHost: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self { try changed { $0.name = try change(name) } }
}

extension UpdateHost: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self {
        try changed {
            $0.name = try change(name)
            $0.newName = try newName.map(change)
        }
    }
}

extension DeleteHost: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self { try changed { $0.name = try change(name) } }
}

extension ExtendedCommand: CommandWithNames {
    func mapNames(_ change: (String) throws -> String) throws -> Self {
        guard let named = base as? any CommandWithNames, let base = try named.mapNames(change) as? Base else {
            return self
        }
        return ExtendedCommand(base, extensions: extensions)
    }
}

extension Nameserver {
    fileprivate func mapName(_ change: (String) throws -> String) rethrows -> Nameserver {
        switch self {
        case .object(let name): .object(try change(name))
        case .attribute(let name, let addresses): .attribute(try change(name), addresses: addresses)
        }
    }
}
