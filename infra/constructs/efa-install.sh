# AWS's installer for EFA, with its options; --minimal is the driver without libfabric and Open MPI. In a shell of its own.
install_efa() (
  cd "$(mktemp -d)" &&
    curl --fail --silent --show-error --max-time 120 -O https://efa-installer.amazonaws.com/aws-efa-installer-latest.tar.gz &&
    tar -xf aws-efa-installer-latest.tar.gz && cd aws-efa-installer && ./efa_installer.sh -y "$@"
)
