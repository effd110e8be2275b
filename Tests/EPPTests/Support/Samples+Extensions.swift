import EPP

extension Samples {
    mutating func hexadecimal(_ count: Int) -> String {
        String((0..<count).map { _ in pick(Array("0123456789abcdefABCDEF")) })
    }

    mutating func key() -> DNSKeyData {
        DNSKeyData(
            flags: pick([256, 257]), algorithm: number(0...255),
            publicKey: pick(["AQPJ////4Q==", "AwEAAbU=", "AQAB", "aGVsbG8gd29ybGQ="]))
    }

    mutating func signer() -> DSData {
        let type = pick([1, 2, 4])
        return DSData(
            keyTag: number(0...65535), algorithm: number(0...255), digestType: type,
            digest: hexadecimal([1: 40, 2: 64, 4: 96][type] ?? 0), key: optional { $0.key() })
    }

    mutating func zone() -> SecDNSData {
        chance() ? .signers(some(1...3) { $0.signer() }) : .keys(some(1...3) { $0.key() })
    }

    mutating func life() -> Int? {
        optional { $0.number(1...2_147_483_647) }
    }

    mutating func report() -> RestoreReport {
        RestoreReport(
            before: pick(["Pre-delete data goes here.", "<x:a xmlns:x=\"urn:example:x\" v=\"1\">a</x:a>"]),
            after: token(1...40), deleted: timestamp(), restored: timestamp(), reason: localized(),
            statements: some(1...2) { $0.localized() }, other: optional { $0.token(1...40) })
    }

    mutating func amount() -> String {
        "\(number(0...999)).\(number(10...99))"
    }

    mutating func fee() -> Fee {
        Fee(
            amount(), description: optional { $0.localized() }, isRefundable: optional { $0.chance() },
            gracePeriod: optional { $0.pick(["P5D", "PT1H30M", "P1Y2M3DT4H5M6.5S"]) }, isDelayed: chance())
    }

    mutating func credit() -> FeeCredit {
        FeeCredit("-" + amount(), description: optional { $0.localized() })
    }

    mutating func feeCommand() -> FeeCommand {
        let operation = pick(FeeCommand.Operation.allCases)
        return FeeCommand(
            operation, period: optional { Period($0.number(1...99), $0.pick([.years, .months])) },
            customName: operation == .custom ? token(1...9) : nil, phase: optional { $0.token(1...9) },
            subphase: optional { $0.token(1...9) })
    }

    mutating func feeEntry() -> FeeCheckData.Entry {
        FeeCheckData.Entry(
            domain(), element: pick(["name", "id"]), isAvailable: chance(), priceClass: optional { $0.token(1...9) },
            prices: some(0...3) { samples in
                FeeCheckData.Price(
                    samples.feeCommand(), isStandard: samples.chance(), fees: samples.some(0...2) { $0.fee() },
                    credits: samples.some(0...2) { $0.credit() }, reason: samples.optional { $0.localized() })
            }, reason: optional { $0.localized() })
    }

    mutating func phase() -> LaunchPhase {
        let kind = pick(LaunchPhase.Kind.allCases)
        return LaunchPhase(kind, name: kind == .custom || chance() ? token(1...9) : nil)
    }

    mutating func marks() -> LaunchMarks {
        let mark = "<mark:mark xmlns:mark=\"urn:ietf:params:xml:ns:mark-1.0\"/>"
        let encoded =
            "<smd:encodedSignedMark xmlns:smd=\"urn:ietf:params:xml:ns:signedMark-1.0\">ICAgICAgPHNtZA==</smd:encodedSignedMark>"
        guard chance() else { return .signed([encoded]) }
        return .codes(
            some(1...2) { samples in
                let code = samples.optional { $0.token(1...12) }
                return .init(
                    code: code, validatorID: code == nil ? nil : samples.optional { $0.token(1...9) },
                    mark: code == nil ? mark : samples.optional { _ in mark })
            })
    }

    mutating func notice() -> LaunchNotice {
        LaunchNotice(
            id: token(1...30), validatorID: optional { $0.token(1...9) }, notAfter: timestamp(), accepted: timestamp())
    }

    mutating func commandExtensions() -> [any CommandExtension & Hashable] {
        let kind = pick(LaunchCheck.Kind.allCases)
        return [
            SecDNSCreate(zone(), maximumSignatureLife: life()),
            SecDNSUpdate(
                removing: optional { $0.chance() ? .all : .data($0.zone()) }, adding: optional { $0.zone() },
                maximumSignatureLife: life(), isUrgent: chance()),
            RestoreDomain(), RestoreDomain(report: report()),
            FeeCheck(some(1...4) { $0.feeCommand() }, currency: optional { $0.pick(["USD", "EUR"]) }),
            FeeTransform(
                pick(FeeTransform.Operation.allCases), fees: some(1...2) { $0.fee() },
                credits: some(0...2) { $0.credit() }, currency: optional { $0.pick(["USD", "EUR"]) }),
            LaunchCheck(kind, phase: kind == .trademark ? nil : phase()),
            LaunchCreate(
                phase(), kind: optional { $0.pick(LaunchCreate.Kind.allCases) }, marks: optional { $0.marks() },
                notice: optional { $0.notice() }),
            LaunchApplication(
                pick([.info(includingMarks: true), .info(includingMarks: false), .update, .delete]), phase(),
                applicationID: token(1...12)),
            LoginSecurity(
                userAgent: optional {
                    .init(application: $0.token(1...20), technology: $0.optional { $0.token(1...20) }, system: "x")
                }, password: optional { $0.token(6...100) }, newPassword: optional { $0.token(6...100) }),
        ]
    }

    mutating func responseExtensions() -> [any ResponseExtension & Hashable] {
        let periods = ["addPeriod", "autoRenewPeriod", "renewPeriod", "transferPeriod", "pendingDelete"]
        return [
            SecDNSInfo(zone(), maximumSignatureLife: life()),
            GracePeriods(
                some(1...3) { samples in
                    .init(samples.pick(periods), message: samples.optional { $0.localized() })
                }, answersRestore: false),
            GracePeriods([.init("pendingRestore")], answersRestore: true),
            FeeCheckData(currency: "USD", entries: some(1...4) { $0.feeEntry() }),
            FeeResult(
                pick(FeeTransform.Operation.allCases), currency: "EUR",
                period: optional { Period($0.number(1...99), .years) }, fees: some(0...2) { $0.fee() },
                credits: some(0...2) { $0.credit() }, balance: optional { "-" + $0.amount() },
                creditLimit: optional { $0.amount() }),
            LaunchCheckData(
                phase: optional { $0.phase() },
                entries: some(1...3) { samples in
                    .init(
                        samples.domain(), exists: samples.chance(),
                        claimKeys: samples.some(0...2) { samples in
                            .init(samples.token(1...40), validatorID: samples.optional { $0.token(1...9) })
                        })
                }),
            LaunchCreation(phase(), applicationID: optional { $0.token(1...12) }),
            LaunchInfo(
                phase(), applicationID: optional { $0.token(1...12) },
                status: optional { samples in
                    .init(
                        samples.pick(LaunchInfo.Status.Kind.allCases), name: samples.optional { $0.token(1...9) },
                        message: samples.optional { $0.localized() })
                }),
            changePoll(), securityEvents(),
        ]
    }

    private mutating func changePoll() -> ChangePoll {
        ChangePoll(
            pick(ChangePoll.Operation.allCases), operationName: optional { $0.token(1...9) }, isBefore: chance(),
            date: timestamp(), serverTransactionID: token(3...64), who: line(1...40),
            caseID: optional { samples in
                .init(
                    samples.pick(ChangePoll.Case.Kind.allCases), id: samples.token(1...20),
                    name: samples.optional { $0.token(1...9) })
            }, reason: optional { $0.localized(1...32) })
    }

    private mutating func securityEvents() -> LoginSecurityData {
        LoginSecurityData(
            some(1...3) { samples in
                .init(
                    samples.pick(LoginSecurityData.Event.Kind.allCases), name: samples.optional { $0.token(1...9) },
                    isError: samples.chance(), expiry: samples.optional { $0.timestamp() },
                    value: samples.optional { $0.token(1...20) }, duration: samples.optional { _ in "P1D" },
                    message: samples.localized(0...40))
            })
    }
}
