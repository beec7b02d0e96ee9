/** Conversions of units of measure. Factors bring a unit to the base of its kind; temperatures also have an offset. */
import type { Expr } from '../plan/ir.ts';
import { constant, type FunctionDecl } from './declare.ts';

type Factors = Readonly<Record<string, number>>;

const DEGREE = Math.PI / 180;
/** Radian. */
const ANGLE: Factors = {
  Arcminute: DEGREE / 60,
  Arcsecond: DEGREE / 3600,
  Centiradian: 1e-2,
  Deciradian: 1e-1,
  Degree: DEGREE,
  Gradian: 0.9 * DEGREE,
  Microdegree: 1e-6 * DEGREE,
  Microradian: 1e-6,
  Millidegree: 1e-3 * DEGREE,
  Milliradian: 1e-3,
  Nanodegree: 1e-9 * DEGREE,
  Nanoradian: 1e-9,
  NatoMil: (9 / 160) * DEGREE,
  Radian: 1,
  Revolution: 2 * Math.PI,
  Tilt: Math.PI / 2,
};

const BTU = 1055.05585262;
const EV = 1.602176565e-19;
const CALORIE = 4.184;
/** Joule. */
const ENERGY: Factors = {
  BritishThermalUnit: BTU,
  Calorie: CALORIE,
  DecathermEc: 1.05505585262e9,
  DecathermImperial: 1.05505585257348e9,
  DecathermUs: 1.054804e9,
  ElectronVolt: EV,
  Erg: 1e-7,
  FootPound: 1.355817948,
  GigabritishThermalUnit: 1e9 * BTU,
  GigaelectronVolt: 1e9 * EV,
  Gigajoule: 1e9,
  GigawattDay: 1e9 * 86400,
  GigawattHour: 1e9 * 3600,
  HorsepowerHour: 2.6845195377e6,
  Joule: 1,
  KilobritishThermalUnit: 1e3 * BTU,
  Kilocalorie: 1e3 * CALORIE,
  KiloelectronVolt: 1e3 * EV,
  Kilojoule: 1e3,
  KilowattDay: 1e3 * 86400,
  KilowattHour: 1e3 * 3600,
  MegabritishThermalUnit: 1e6 * BTU,
  Megacalorie: 1e6 * CALORIE,
  MegaelectronVolt: 1e6 * EV,
  Megajoule: 1e6,
  MegawattDay: 1e6 * 86400,
  MegawattHour: 1e6 * 3600,
  Millijoule: 1e-3,
  TeraelectronVolt: 1e12 * EV,
  TerawattDay: 1e12 * 86400,
  TerawattHour: 1e12 * 3600,
  ThermEc: 1.05505585262e8,
  ThermImperial: 1.05505585257348e8,
  ThermUs: 1.054804e8,
  WattDay: 86400,
  WattHour: 3600,
};

const GRAVITY = 9.80665;
const POUND = 0.45359237;
/** Newton. */
const FORCE: Factors = {
  Decanewton: 10,
  Dyn: 1e-5,
  KilogramForce: GRAVITY,
  Kilonewton: 1e3,
  KiloPond: GRAVITY,
  KilopoundForce: 1e3 * POUND * GRAVITY,
  Meganewton: 1e6,
  Micronewton: 1e-6,
  Millinewton: 1e-3,
  Newton: 1,
  OunceForce: (POUND * GRAVITY) / 16,
  Poundal: 0.138254954376,
  PoundForce: POUND * GRAVITY,
  ShortTonForce: 2000 * POUND * GRAVITY,
  TonneForce: 1e3 * GRAVITY,
};

const LIGHT_YEAR = 9.46073047258e15;
const PARSEC = 3.08567758128e16;
/** Metre. */
const LENGTH: Factors = {
  Angstrom: 1e-10,
  AstronomicalUnit: 1.495978707e11,
  Centimeter: 1e-2,
  Chain: 20.1168,
  DataMile: 1828.8,
  Decameter: 10,
  Decimeter: 1e-1,
  DtpPica: 0.0254 / 6,
  DtpPoint: 0.0254 / 72,
  Fathom: 1.8288,
  Foot: 0.3048,
  Hand: 0.1016,
  Hectometer: 100,
  Inch: 0.0254,
  KilolightYear: 1e3 * LIGHT_YEAR,
  Kilometer: 1e3,
  Kiloparsec: 1e3 * PARSEC,
  LightYear: LIGHT_YEAR,
  MegalightYear: 1e6 * LIGHT_YEAR,
  Megaparsec: 1e6 * PARSEC,
  Meter: 1,
  Microinch: 2.54e-8,
  Micrometer: 1e-6,
  Mil: 2.54e-5,
  Mile: 1609.344,
  Millimeter: 1e-3,
  Nanometer: 1e-9,
  NauticalMile: 1852,
  Parsec: PARSEC,
  PrinterPica: 0.0254 / 6.0225,
  PrinterPoint: 0.0254 / 72.27,
  Shackle: 27.432,
  SolarRadius: 6.95508e8,
  Twip: 0.0254 / 1440,
  UsSurveyFoot: 1200 / 3937,
  Yard: 0.9144,
};

/** Kilogram. */
const MASS: Factors = {
  Centigram: 1e-5,
  Decagram: 1e-2,
  Decigram: 1e-4,
  EarthMass: 5.9722e24,
  Grain: POUND / 7000,
  Gram: 1e-3,
  Hectogram: 0.1,
  Kilogram: 1,
  Kilopound: 1e3 * POUND,
  Kilotonne: 1e6,
  LongHundredweight: 112 * POUND,
  LongTon: 2240 * POUND,
  Megapound: 1e6 * POUND,
  Megatonne: 1e9,
  Microgram: 1e-9,
  Milligram: 1e-6,
  Nanogram: 1e-12,
  Ounce: POUND / 16,
  Pound: POUND,
  ShortHundredweight: 100 * POUND,
  ShortTon: 2000 * POUND,
  Slug: (POUND * GRAVITY) / 0.3048,
  SolarMass: 1.98947e30,
  Stone: 14 * POUND,
  Tonne: 1e3,
};

/** Metre per second. */
const SPEED: Factors = (() => {
  const lengths: Readonly<Record<string, readonly string[]>> = {
    Centimeter: ['Hour', 'Minute', 'Second'],
    Decimeter: ['Minute', 'Second'],
    Foot: ['Hour', 'Minute', 'Second'],
    Inch: ['Hour', 'Minute', 'Second'],
    Kilometer: ['Hour', 'Minute', 'Second'],
    Meter: ['Hour', 'Minute', 'Second'],
    Micrometer: ['Minute', 'Second'],
    Mile: ['Hour'],
    Millimeter: ['Hour', 'Minute', 'Second'],
    Nanometer: ['Minute', 'Second'],
    UsSurveyFoot: ['Hour', 'Minute', 'Second'],
    Yard: ['Hour', 'Minute', 'Second'],
  };
  const seconds: Factors = { Hour: 3600, Minute: 60, Second: 1 };
  const out: Record<string, number> = { Knot: 1852 / 3600 };
  for (const [length, times] of Object.entries(lengths))
    for (const t of times) out[`${length}Per${t}`] = LENGTH[length]! / seconds[t]!;
  return out;
})();

const FOOT3 = 0.3048 ** 3;
const INCH3 = 0.0254 ** 3;
const US_GALLON = 231 * INCH3;
const IMPERIAL_GALLON = 0.00454609;
/** Cubic metre. */
const VOLUME: Factors = {
  AcreFoot: 1 / 0.000810714,
  AuTablespoon: 2e-5,
  BoardFoot: FOOT3 / 12,
  Centiliter: 1e-5,
  CubicCentimeter: 1e-6,
  CubicDecimeter: 1e-3,
  CubicFoot: FOOT3,
  CubicHectometer: 1e6,
  CubicInch: INCH3,
  CubicKilometer: 1e9,
  CubicMeter: 1,
  CubicMicrometer: 1e-18,
  CubicMile: 1609.344 ** 3,
  CubicMillimeter: 1e-9,
  CubicYard: 0.9144 ** 3,
  Decaliter: 1e-2,
  DecausGallon: 10 * US_GALLON,
  Deciliter: 1e-4,
  DeciusGallon: 0.1 * US_GALLON,
  HectocubicFoot: 100 * FOOT3,
  HectocubicMeter: 100,
  Hectoliter: 0.1,
  HectousGallon: 100 * US_GALLON,
  ImperialBeerBarrel: 36 * IMPERIAL_GALLON,
  ImperialGallon: IMPERIAL_GALLON,
  ImperialOunce: IMPERIAL_GALLON / 160,
  ImperialPint: IMPERIAL_GALLON / 8,
  KilocubicFoot: 1e3 * FOOT3,
  KilocubicMeter: 1e3,
  KiloimperialGallon: 1e3 * IMPERIAL_GALLON,
  Kiloliter: 1,
  KilousGallon: 1e3 * US_GALLON,
  Liter: 1e-3,
  MegacubicFoot: 1e6 * FOOT3,
  MegaimperialGallon: 1e6 * IMPERIAL_GALLON,
  Megaliter: 1e3,
  MegausGallon: 1e6 * US_GALLON,
  MetricCup: 2.5e-4,
  MetricTeaspoon: 5e-6,
  Microliter: 1e-9,
  Milliliter: 1e-6,
  OilBarrel: 42 * US_GALLON,
  UkTablespoon: 1.5e-5,
  UsBeerBarrel: 31 * US_GALLON,
  UsCustomaryCup: US_GALLON / 16,
  UsGallon: US_GALLON,
  UsLegalCup: 2.4e-4,
  UsOunce: US_GALLON / 128,
  UsPint: US_GALLON / 8,
  UsQuart: US_GALLON / 4,
  UsTablespoon: US_GALLON / 256,
  UsTeaspoon: US_GALLON / 768,
};

/** Kelvin = value × factor + offset. */
const TEMPERATURE: Readonly<Record<string, readonly [number, number]>> = {
  DegreeCelsius: [1, 273.15],
  DegreeDelisle: [-2 / 3, 373.15],
  DegreeFahrenheit: [5 / 9, (459.67 * 5) / 9],
  DegreeNewton: [100 / 33, 273.15],
  DegreeRankine: [5 / 9, 0],
  DegreeReaumur: [5 / 4, 273.15],
  DegreeRoemer: [40 / 21, 273.15 - (7.5 * 40) / 21],
  Kelvin: [1, 0],
  MillidegreeCelsius: [1e-3, 273.15],
  SolarTemperature: [5778, 0],
};

type Units = Readonly<Record<string, readonly [number, number]>>;

const scaled = (factors: Factors): Units =>
  Object.fromEntries(Object.entries(factors).map(([name, f]) => [name, [f, 0]]));

function checkUnits(units: Units) {
  return (args: readonly Expr[]): string | undefined => {
    for (const a of args.slice(1)) {
      const k = constant(a);
      if (typeof k === 'string' && !Object.hasOwn(units, k))
        return `The unit '${k}' is not known; the units are ${Object.keys(units).join(', ')}.`;
    }
    return undefined;
  };
}

function conversion(name: string, units: Units, doc: string): FunctionDecl {
  return {
    name,
    args: 'real string string',
    returns: 'real',
    check: checkUnits(units),
    sql: ([x, from, to]) => {
      const [k, l] = [constant(from), constant(to)];
      if (typeof k === 'string' && typeof l === 'string') {
        const [a, b] = units[k]!;
        const [p, q] = units[l]!;
        if (b === 0 && q === 0) return `(${x!.sql} * ${String(a / p)})`;
        return `((${x!.sql} * ${String(a)} + ${String(b)} - ${String(q)}) / ${String(p)})`;
      }
      const names = `[${Object.keys(units)
        .map((u) => `'${u}'`)
        .join(', ')}]`;
      const part = (unit: string, i: 0 | 1) =>
        `transform(${unit}, ${names}, [${Object.values(units)
          .map((u) => `toFloat64(${u[i]})`)
          .join(', ')}], nan)`;
      return `((${x!.sql} * ${part(from!.sql, 0)} + ${part(from!.sql, 1)} - ${part(to!.sql, 1)}) / ${part(to!.sql, 0)})`;
    },
    doc,
  };
}

export const UNIT_FUNCTIONS: readonly FunctionDecl[] = [
  conversion('convert_angle', scaled(ANGLE), 'An angle in another unit.'),
  conversion('convert_energy', scaled(ENERGY), 'An energy in another unit.'),
  conversion('convert_force', scaled(FORCE), 'A force in another unit.'),
  conversion('convert_length', scaled(LENGTH), 'A length in another unit.'),
  conversion('convert_mass', scaled(MASS), 'A mass in another unit.'),
  conversion('convert_speed', scaled(SPEED), 'A speed in another unit.'),
  conversion('convert_temperature', TEMPERATURE, 'A temperature in another unit.'),
  conversion('convert_volume', scaled(VOLUME), 'A volume in another unit.'),
];
