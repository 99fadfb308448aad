"""The words of many-step stories: settings, each told in the same parts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """Words of one setting. `{a}` is the main person, `{b}` the other, `{n}` and `{k}` numbers.

    Attributes:
        things: plural noun of what is counted.
        start, gain, lose: wordings of the beginning, of receiving n, of giving up n.
        times: the amount grows to n times itself.
        part: one n-th is given up.
        batch: n groups of k arrive.
        aside: distractors with one number n.
    """

    things: str
    start: tuple[str, str, str]
    gain: tuple[str, str]
    lose: tuple[str, str]
    times: str
    part: str
    batch: str
    aside: tuple[str, str, str]


SETTINGS = (
    Setting(
        "muffins",
        (
            "{a} bakes {n} muffins",
            "There are {n} muffins in {a}'s bakery",
            "{a} starts the day with {n} muffins",
        ),
        ("{a} bakes {n} more", "a helper brings {a} another {n}"),
        ("{n} of them are sold", "a cafe buys {n} from {a}"),
        "then {a} bakes on until there are {n} times as many",
        "one {n}th of them gets burnt and is thrown away",
        "{a} takes {n} trays with {k} muffins each out of the oven",
        (
            "A muffin costs {n} cents",
            "The oven is {n} years old",
            "{a} also made {n} loaves of bread",
        ),
    ),
    Setting(
        "books",
        (
            "{a}'s library owns {n} books",
            "{a} runs a library of {n} books",
            "On {a}'s shelves stand {n} books",
        ),
        ("{a} buys {n} new ones", "a reader donates {n} to {a}"),
        ("{n} old ones are given away", "{n} get lost"),
        "after a merger {a} has {n} times as many",
        "one {n}th of them is sold at a fair",
        "{n} boxes with {k} books each arrive for {a}",
        (
            "The longest book has {n} pages",
            "The library opened {n} years ago",
            "{n} children visit {a} on Monday",
        ),
    ),
    Setting(
        "apples",
        ("{a} picks {n} apples", "In {a}'s crate lie {n} apples", "{a} has gathered {n} apples"),
        ("{a} picks {n} more", "a neighbour gives {a} {n} of his"),
        ("{a} eats or gives away {n}", "{n} turn out rotten and are thrown out"),
        "by evening {a} has {n} times as many",
        "{a} presses one {n}th of them into juice",
        "{a} brings in {n} baskets of {k} apples each",
        (
            "The orchard has {n} pear trees",
            "{a} also picks {n} plums",
            "The ladder is {n} steps high",
        ),
    ),
    Setting(
        "stamps",
        (
            "{a} collects stamps and has {n}",
            "{a}'s album holds {n} stamps",
            "{a} inherits {n} stamps",
        ),
        ("{a} finds {n} new ones", "an uncle sends {a} {n} more"),
        ("{a} trades {n} away for a coin", "{a} gives {n} to a friend"),
        "within a year {a} has {n} times as many",
        "{a} sells one {n}th of them",
        "{a} buys {n} packs of {k} stamps",
        (
            "The album has {n} pages",
            "{a} owns {n} old coins too",
            "The oldest stamp is {n} years old",
        ),
    ),
    Setting(
        "passengers",
        (
            "A ferry with captain {a} carries {n} passengers",
            "On {a}'s ferry are {n} passengers",
            "{a} steers a ferry with {n} passengers",
        ),
        ("at the next pier {n} come aboard {a}'s ferry", "{n} late ones climb aboard {a}'s ferry"),
        ("{n} of them get off", "{n} of them leave by a small boat"),
        "in the harbour {a}'s ferry fills up to {n} times as many",
        "one {n}th of them gets off at the island",
        "{n} groups of {k} passengers each come aboard {a}'s ferry",
        ("The ferry has {n} life belts", "A ticket costs {n} coins", "The trip takes {n} minutes"),
    ),
    Setting(
        "eggs",
        (
            "{a}'s hens lay {n} eggs",
            "{a} collects {n} eggs",
            "In {a}'s henhouse there are {n} eggs",
        ),
        ("{a} collects {n} more", "a second henhouse yields {a} {n} more"),
        ("{n} are cooked", "a fox takes {n}"),
        "at the end of the week {a} has {n} times as many",
        "one {n}th of them is sold at the market",
        "{a} adds {n} cartons of {k} eggs",
        (
            "{a} keeps {n} ducks",
            "A hen eats {n} grams of corn",
            "The farm lies {n} miles from the town",
        ),
    ),
    Setting(
        "beads",
        (
            "{a} has {n} beads",
            "In {a}'s box are {n} beads",
            "{a} begins a necklace set with {n} beads",
        ),
        ("{a} finds {n} more in a drawer", "{a} is given {n} more"),
        ("{a} uses {n} for a bracelet", "{n} roll away and are lost"),
        "after a visit to the shop {a} has {n} times as many",
        "{a} puts one {n}th of them into a present",
        "{a} buys {n} bags of {k} beads",
        (
            "The string is {n} centimetres long",
            "{a} made {n} rings last year",
            "A clasp costs {n} cents",
        ),
    ),
    Setting(
        "fish",
        (
            "{a}'s pond holds {n} fish",
            "There are {n} fish in {a}'s pond",
            "{a} keeps {n} fish in a pond",
        ),
        ("{n} young ones hatch in {a}'s pond", "{a} adds {n} from another pond"),
        ("a heron catches {n}", "{a} sells {n} of them"),
        "over the summer their number in {a}'s pond grows to {n} times as many",
        "{a} moves one {n}th of them to a tank elsewhere",
        "{a} empties {n} tanks with {k} fish each into the pond",
        (
            "The pond is {n} metres wide",
            "{n} frogs live there too",
            "{a} feeds them {n} times a week",
        ),
    ),
    Setting(
        "parcels",
        (
            "{a}'s van is loaded with {n} parcels",
            "{a} sets out with {n} parcels",
            "In {a}'s van lie {n} parcels",
        ),
        ("at the depot {a} loads {n} more", "{a} picks up {n} more on the way"),
        ("{a} delivers {n} of them", "{n} are handed to another van"),
        "at the main depot {a}'s load grows to {n} times as many",
        "{a} leaves one {n}th of them at a shop",
        "{a} loads {n} crates of {k} parcels each",
        (
            "The heaviest parcel weighs {n} kilograms",
            "{a} drives {n} kilometres",
            "{a} has {n} letters as well",
        ),
    ),
    Setting(
        "pages",
        (
            "{a} writes {n} pages of a novel",
            "{a}'s novel has {n} pages",
            "{a} opens a draft of {n} pages",
        ),
        ("{a} writes {n} more", "a co-author adds {n} to {a}'s draft"),
        ("{a} deletes {n}", "an editor cuts {n} from {a}'s draft"),
        "by spring {a}'s draft has grown to {n} times as many",
        "{a} strikes out one {n}th of them",
        "{a} adds {n} chapters of {k} pages each",
        (
            "{a} drinks {n} cups of tea a day",
            "The hero is {n} years old",
            "{a}'s last book sold {n} copies",
        ),
    ),
    Setting(
        "litres of water",
        (
            "{a}'s tank holds {n} litres of water",
            "There are {n} litres of water in {a}'s tank",
            "{a} starts with a tank of {n} litres of water",
        ),
        ("rain adds {n} litres to {a}'s tank", "{a} pours in {n} litres"),
        ("{a} uses {n} litres for the garden", "{n} litres leak out"),
        "a storm fills {a}'s tank up to {n} times as much",
        "{a} drains one {n}th of it",
        "{a} empties {n} cans of {k} litres each into the tank",
        (
            "The garden has {n} rose bushes",
            "The hose is {n} metres long",
            "The tank cost {n} dollars",
        ),
    ),
    Setting(
        "dollars",
        ("{a} has saved {n} dollars", "In {a}'s money box are {n} dollars", "{a} owns {n} dollars"),
        ("{a} earns {n} dollars", "{a} gets {n} dollars as a present"),
        ("{a} spends {n} dollars", "{a} pays a bill of {n} dollars"),
        "a lucky sale brings {a} to {n} times as much",
        "{a} gives one {n}th of it to charity",
        "{a} works {n} hours for {k} dollars an hour",
        (
            "{a}'s bicycle is {n} months old",
            "{a} lives at number {n}",
            "A friend of {a} has {n} cousins",
        ),
    ),
    Setting(
        "chairs",
        (
            "{a}'s hall is set with {n} chairs",
            "{a} finds {n} chairs in the hall",
            "{n} chairs stand in {a}'s hall",
        ),
        ("{a} carries in {n} more", "a school lends {a} {n} more"),
        ("{n} are taken away for repair", "{a} lends {n} to a neighbour"),
        "for a concert {a} needs and gets {n} times as many",
        "one {n}th of them is too old and removed",
        "{a} sets up {n} rows of {k} chairs each",
        (
            "The hall has {n} windows",
            "The concert lasts {n} minutes",
            "{n} lamps hang from the ceiling",
        ),
    ),
    Setting(
        "photos",
        (
            "{a}'s phone holds {n} photos",
            "{a} has {n} photos on a phone",
            "{a} comes home with {n} photos",
        ),
        ("{a} takes {n} more", "a friend sends {a} {n} more"),
        ("{a} deletes {n}", "{n} are blurred and get deleted"),
        "after a journey {a} has {n} times as many",
        "{a} moves one {n}th of them to another device",
        "{a} copies {n} albums of {k} photos each onto the phone",
        ("The phone is {n} weeks old", "{a} saw {n} museums", "{a} made {n} calls"),
    ),
    Setting(
        "seedlings",
        (
            "{a} plants {n} seedlings",
            "In {a}'s greenhouse grow {n} seedlings",
            "{a} starts a bed of {n} seedlings",
        ),
        ("{a} plants {n} more", "a gardener gives {a} {n} more"),
        ("snails eat {n}", "{n} are sold to visitors"),
        "{a} sows again until there are {n} times as many",
        "frost kills one {n}th of them",
        "{a} adds {n} trays of {k} seedlings each",
        ("The greenhouse is {n} years old", "{a} waters them {n} times", "{a} owns {n} spades"),
    ),
    Setting(
        "bricks",
        ("{a} has a pile of {n} bricks", "On {a}'s site lie {n} bricks", "{a} orders {n} bricks"),
        ("a truck brings {a} {n} more", "{a} finds {n} more behind the house"),
        ("{a} uses {n} for a wall", "{n} break"),
        "another delivery gives {a} {n} times as many",
        "{a} sends one {n}th of them back",
        "{a} unloads {n} pallets of {k} bricks each",
        (
            "The wall will be {n} metres long",
            "{n} workers are on the site",
            "A bag of cement weighs {n} kilograms",
        ),
    ),
)
