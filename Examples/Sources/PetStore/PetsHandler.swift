import ContractRuntime

/// Keeps the pets in memory. The protocol `PetsAPI` and its types are generated from `openapi.yaml`.
actor PetsHandler: PetsAPI {
    private var pets: OrderedDictionary<Int, Schemas.Pet> = [:]
    private var lastID = 0

    func listPets(_ input: ListPets.Input) -> ListPets.Output {
        .ok(.json(pets.values.filter { input.query.kind == nil || $0.kind == input.query.kind }))
    }

    func addPet(_ input: AddPet.Input) -> AddPet.Output {
        lastID += 1
        let pet = Schemas.Pet(id: lastID, name: input.body.name, kind: input.body.kind)
        pets[lastID] = pet
        return .created(.json(pet), headers: .init(location: "/pets/\(pet.id)"))
    }

    func getPet(_ input: GetPet.Input) -> GetPet.Output {
        pets[input.path.id].map { .ok(.json($0)) } ?? .notFound
    }

    func deletePet(_ input: DeletePet.Input) -> DeletePet.Output {
        pets.removeValue(forKey: input.path.id) == nil ? .notFound : .noContent
    }
}
