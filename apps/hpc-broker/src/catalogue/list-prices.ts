import { GetProductsCommand, type PricingClient } from '@aws-sdk/client-pricing';
import { z } from 'zod';
import { Incomplete, pagesOf } from './pages.ts';

const PAGE = 100;

/** What is read of a product of the price list. https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file.html */
const Product = z.object({
  product: z.object({ attributes: z.object({ instanceType: z.string() }) }),
  terms: z.object({
    OnDemand: z
      .record(
        z.string(),
        z.object({
          priceDimensions: z.record(
            z.string(),
            z.object({ unit: z.string(), pricePerUnit: z.object({ USD: z.string().optional() }) }),
          ),
        }),
      )
      .optional(),
  }),
});

/** USD an hour On-Demand, for Linux alone on shared hardware. Throws Incomplete at prices that cannot be read. */
export async function readPrices(pricing: PricingClient, region: string): Promise<Map<string, number>> {
  const Filters = Object.entries({
    regionCode: region,
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
    marketoption: 'OnDemand',
  }).map(([Field, Value]) => ({ Type: 'TERM_MATCH' as const, Field, Value }));
  const prices = new Map<string, number>();
  const pages = pagesOf('GetProducts', (NextToken) =>
    pricing.send(new GetProductsCommand({ ServiceCode: 'AmazonEC2', Filters, MaxResults: PAGE, NextToken })),
  );
  for await (const { PriceList } of pages) {
    if (PriceList === undefined) throw new Incomplete('GetProducts gave a page without a price list');
    for (const product of PriceList) {
      const price = priceOf(String(product));
      if (price === undefined) continue;
      const before = prices.get(price.type);
      if (before !== undefined && before !== price.usd) {
        throw new Incomplete(
          `GetProducts gives ${price.type} for ${before} and for ${price.usd} USD an hour`,
        );
      }
      prices.set(price.type, price.usd);
    }
  }
  return prices;
}

/** Undefined: it cannot be had by the hour. */
function priceOf(json: string): { type: string; usd: number } | undefined {
  const { product, terms } = parsed(json);
  const dimensions = Object.values(terms.OnDemand ?? {}).flatMap((term) =>
    Object.values(term.priceDimensions),
  );
  const hourly = dimensions.find(({ unit, pricePerUnit }) => unit === 'Hrs' && Number(pricePerUnit.USD) > 0);
  return hourly && { type: product.attributes.instanceType, usd: Number(hourly.pricePerUnit.USD) };
}

function parsed(json: string): z.infer<typeof Product> {
  try {
    return Product.parse(JSON.parse(json));
  } catch (cause) {
    throw new Incomplete(`GetProducts gave a product that is none: ${json.slice(0, 200)}`, { cause });
  }
}
