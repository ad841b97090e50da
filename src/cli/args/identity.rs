//! The arguments of `identity`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

const IMPORT_HELP: &str = "\
A passphrase that protects what is imported protects the identity as well. It is
taken from DIALNEXA_AUDIT_PASSPHRASE, else asked for.

Examples:
  dialnexa-audit identity import desk.p12 --out desk.pem
  dialnexa-audit identity import key.pem certificate.pem ca-chain.pem
  dialnexa-audit identity csr --out desk.csr     (send it to the CA, then:)
  dialnexa-audit identity import desk.cer ca-chain.p7b";

const CREATE_HELP: &str = "\
Example:
  dialnexa-audit identity create --name 'Audit desk' --organization 'Acme Ltd'";

const CSR_HELP: &str = "\
Example:
  dialnexa-audit identity csr --out desk.csr";

const SHOW_HELP: &str = "\
Example:
  dialnexa-audit identity show --json";

const PSEUDONYM_HELP: &str = "\
Example:
  dialnexa-audit identity pseudonym 'May Follow-Up Campaign'";

const RESOLVE_HELP: &str = "\
Example:
  dialnexa-audit identity resolve pseudonym-2f9c41d07be35a6812c4 \\
      --names names.txt";

/// Arguments of `identity`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Identity {
    /// What to do with it.
    #[command(subcommand)]
    pub action: IdentityAction,
}

/// The actions on an identity.
#[derive(Debug, Clone, Subcommand)]
pub enum IdentityAction {
    #[command(after_help = CREATE_HELP)]
    /// Make a key and a certificate for it that vouches for itself
    Create {
        /// Who signs: a person, a role or a department
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The organization that signs
        #[arg(long, value_name = "NAME")]
        organization: Option<String>,
        /// An address for questions
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// Kind of key
        #[arg(long, value_name = "KIND", default_value = "p256")]
        algorithm: AlgorithmArg,
        /// How many years the certificate is valid, 1 to 20
        #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..=20))]
        years: u32,
        /// Protect the key by a passphrase: DIALNEXA_AUDIT_PASSPHRASE, else it is asked for
        #[arg(long)]
        passphrase: bool,
        /// File to write [default: the one that report uses]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    #[command(after_help = CSR_HELP)]
    /// Ask a CA for a certificate: prints a request (PKCS#10) for the identity's key and name
    Csr {
        /// The identity [default: the one that report uses]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// File to write the request to, instead of standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Take over a key with its certificates, or the certificates that came back from the CA
    #[command(after_help = IMPORT_HELP)]
    Import {
        /// PKCS#12 or PEM files with the key and its certificates, or the certificates alone
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Identity to write, or to give the certificates to [default: the one that report uses]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    #[command(after_help = SHOW_HELP)]
    /// Show subject, issuer, validity and fingerprint
    Show {
        /// The identity [default: the one that report uses]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    #[command(after_help = PSEUDONYM_HELP)]
    /// Print the pseudonym of a name, by the key that report --pseudonymise made
    Pseudonym(Pseudonym),
    #[command(after_help = RESOLVE_HELP)]
    /// Print which of the names that you know a pseudonym stands for
    Resolve(Resolve),
}

/// Arguments of `identity pseudonym`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Pseudonym {
    /// Names, exactly as the API has them
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// The identity beside which the key lies [default: the one that report uses]
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
}

/// Arguments of `identity resolve`.
#[derive(Debug, Clone, ClapArgs)]
pub struct Resolve {
    /// Pseudonyms as they stand in a report
    #[arg(required = true, value_name = "PSEUDONYM")]
    pub pseudonyms: Vec<String>,
    /// Names that they may stand for, one a line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub names: PathBuf,
    /// The identity beside which the key lies [default: the one that report uses]
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
}

/// `--algorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlgorithmArg {
    /// ECDSA on the curve P-256
    P256,
    /// RSA with 3072 bits, for older readers
    #[value(name = "rsa-3072")]
    Rsa3072,
}
