/** Seconds without service that the READMEs promise at most, in AWS's usual times (drills/cloud.ts), by drill. */
export const LIMITS: Readonly<Record<string, number>> = {
  'elastic-ip-failover: the instance is killed': 5,
  'elastic-ip-failover: the instance hangs': 65,
  'elastic-ip-failover: its zone is lost': 65,
  'elastic-ip-failover: the other instance refuses the address twice': 125,
  'elastic-ip-failover: three call it at once, and somebody gives the address back to the one that hangs': 65,
  'elastic-ip-failover: the function dies before it moves the address': 65,
  'elastic-ip-failover: the function dies before it hears that the address has moved': 5,
  'one-instance: the instance is killed': 180,
  'one-instance: the instance hangs': 180,
  'one-instance: its zone is lost': 390,
  'one-instance: the address is refused four times': 200,
  'one-instance: somebody else takes the address while it is taken': 330,
  'one-instance: the address is taken away by hand': 90,
  'one-instance: the next instance cannot start, the one after it hangs until the hook is over': 620,
  'one-instance-with-volume: the instance is replaced': 120,
  'one-instance-with-volume: the instance is replaced, and goes to the other zone': 150,
  'one-instance-with-volume: the instance is killed': 150,
  'one-instance-with-volume: the instance hangs, and the next one goes to the other zone': 570,
  'one-instance-with-volume: its zone is lost, and comes back': 900,
  'one-instance-with-volume: nobody calls the function until both hooks are over': 900,
  'one-instance-with-volume: the volume is refused three times': 200,
  'one-instance-with-volume: five call the function at once, all the time': 150,
  // Nine or ten moves in a row, each a minute longer than one that is not disturbed.
  'one-instance-with-volume: the function dies before each of its writes': 1_300,
  'one-instance-with-volume: the function dies before it hears of each of its writes': 1_300,
};

/** Writes of up to so many seconds are lost where a zone is: the time between two snapshots, a minute until it is looked, and that of one. */
export const LOST_WITH_ITS_ZONE: Readonly<Record<string, number>> = {
  'one-instance-with-volume: its zone is lost, and comes back': 5 * 60 + 60 + 90,
};
