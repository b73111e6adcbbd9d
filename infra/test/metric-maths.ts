/** One value a minute; undefined where there is none. */
export type Series = readonly (number | undefined)[];

/**
 * CloudWatch's metric maths, as far as our alarms use it ("Using math expressions with CloudWatch metrics"): what is
 * computed with a missing value is missing, comparisons are 1 or 0.
 */
export function evaluate(expression: string, metrics: Record<string, Series>): Series {
  const tokens = expression.match(/[A-Za-z]\w*|\d+(?:\.\d+)?|>=|<=|==|!=|[-+*/()<>,]/g) ?? [];
  const minutes = Math.max(...Object.values(metrics).map(({ length }) => length));
  let at = 0;
  const next = (): string => {
    const token = tokens[at];
    if (token === undefined) throw new Error(`${expression} ends too early`);
    at += 1;
    return token;
  };
  const expect = (wanted: string): void => {
    const token = next();
    if (token !== wanted) throw new Error(`${expression}: ${wanted} is missing before ${token}`);
  };
  const each = (of: (minute: number) => number | undefined): Series =>
    Array.from({ length: minutes }, (_, minute) => of(minute));
  const both = (a: Series, b: Series, compute: (x: number, y: number) => number): Series =>
    each((minute) => {
      const [x, y] = [a[minute], b[minute]];
      return x === undefined || y === undefined ? undefined : compute(x, y);
    });

  const call: Record<string, (...parameters: Series[]) => Series> = {
    IF: (when = [], then = [], otherwise = []) =>
      each((minute) => {
        const is = when[minute];
        return is === undefined ? undefined : is !== 0 ? then[minute] : otherwise[minute];
      }),
    FILL: (series = [], by = []) => each((minute) => series[minute] ?? by[minute]),
    // A second's share of what it has changed by since the last value.
    RATE: (series = []) =>
      each((minute) => {
        const [now, before] = [series[minute], series[minute - 1]];
        return now === undefined || before === undefined ? undefined : (now - before) / 60;
      }),
  };

  const primary = (): Series => {
    const token = next();
    if (token === '(') {
      const inner = comparison();
      expect(')');
      return inner;
    }
    if (/^\d/.test(token)) return each(() => Number(token));
    if (tokens[at] !== '(') {
      const metric = metrics[token];
      if (metric === undefined) throw new Error(`${expression}: there is no metric ${token}`);
      return metric;
    }
    const compute = call[token];
    if (compute === undefined) throw new Error(`${expression}: ${token} is no function here`);
    expect('(');
    const parameters = [comparison()];
    while (tokens[at] === ',') {
      at += 1;
      parameters.push(comparison());
    }
    expect(')');
    return compute(...parameters);
  };
  const level =
    (below: () => Series, operators: Record<string, (x: number, y: number) => number>) => (): Series => {
      let value = below();
      for (
        let operator = operators[tokens[at] ?? ''];
        operator !== undefined;
        operator = operators[tokens[at] ?? '']
      ) {
        at += 1;
        value = both(value, below(), operator);
      }
      return value;
    };
  const product = level(primary, { '*': (x, y) => x * y, '/': (x, y) => x / y });
  const sum = level(product, { '+': (x, y) => x + y, '-': (x, y) => x - y });
  const comparison: () => Series = level(sum, {
    '>': (x, y) => Number(x > y),
    '<': (x, y) => Number(x < y),
    '>=': (x, y) => Number(x >= y),
    '<=': (x, y) => Number(x <= y),
    '==': (x, y) => Number(x === y),
    '!=': (x, y) => Number(x !== y),
  });
  const result = comparison();
  if (at !== tokens.length) throw new Error(`${expression}: what is ${tokens.slice(at).join(' ')}?`);
  return result;
}

/** The minutes at which an alarm is on that has to be above a threshold in `bad` of the last `of`, missing values being none. */
export function alarmed(series: Series, alarm: { threshold: number; bad: number; of: number }): number[] {
  const over = series.map((value) => value !== undefined && value > alarm.threshold);
  return over.flatMap((_, minute) =>
    over.slice(Math.max(0, minute - alarm.of + 1), minute + 1).filter(Boolean).length >= alarm.bad
      ? [minute]
      : [],
  );
}
