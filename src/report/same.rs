//! Whether two reports are the same.

use super::AuditReport;
use crate::findings::Finding;

impl AuditReport {
    /// Whether two reports are the same, findings of the code `but` aside.
    pub fn is_same_but_for(&self, other: &Self, but: &str) -> bool {
        // Every field by name, so that none that is added later is forgotten.
        let Self {
            format,
            standing,
            period,
            scope,
            parameters,
            provenance,
            pseudonyms,
            issuer,
            supersedes,
            completeness,
            evidence,
            figure_sources,
            call_logs,
            totals,
            series,
            hash_total,
            findings,
            register,
        } = self;
        let looked_at = |finding: &&Finding| finding.code != but;
        *format == other.format
            && *standing == other.standing
            && *period == other.period
            && *scope == other.scope
            && *parameters == other.parameters
            && *provenance == other.provenance
            && *pseudonyms == other.pseudonyms
            && *issuer == other.issuer
            && *supersedes == other.supersedes
            && *completeness == other.completeness
            && *evidence == other.evidence
            && *figure_sources == other.figure_sources
            && *call_logs == other.call_logs
            && *totals == other.totals
            && *series == other.series
            && *hash_total == other.hash_total
            && findings.iter().filter(looked_at).eq(other.findings.iter().filter(looked_at))
            && *register == other.register
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{Standing, fixture};

    #[test]
    fn reports_that_differ_in_anything_but_the_findings_of_that_code_are_not_the_same() {
        let report = fixture::report(40, Standing::Complete);
        let value = serde_json::to_value(&report).unwrap();
        for (name, _) in value.as_object().unwrap() {
            let mut other = report.clone();
            match name.as_str() {
                "format" => other.format.push('x'),
                "standing" => other.standing = Standing::Draft,
                "period" => other.period.label.push('x'),
                "scope" => other.scope.host.push('x'),
                "parameters" => other.parameters.command.push('x'),
                "provenance" => other.provenance.version.push('x'),
                "completeness" => other.completeness.rows_read += 1,
                "evidence" => other.evidence = None,
                "figure_sources" => drop(other.figure_sources.pop()),
                "totals" => other.totals.all.batches += 1,
                "series" => drop(other.series.points.pop()),
                "hash_total" => other.hash_total.push('x'),
                "findings" => drop(other.findings.pop()),
                "register" => other.register[7].failed_calls = Some(999),
                // Not there in every report.
                other => unreachable!("{other} is not changed by this test"),
            }
            if other == report {
                assert_eq!((name.as_str(), &report.evidence), ("evidence", &None));
                continue;
            }
            assert!(!report.is_same_but_for(&other, "no-such-code"), "{name}");
            let code = report.findings.last().unwrap().code.clone();
            assert_eq!(report.is_same_but_for(&other, &code), name == "findings", "{name}");
        }
    }
}
